"""Extension objects, created unbound; ``app.create_app`` binds them."""

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_socketio import SocketIO

from core.forgery import MaskedTokens

babel = Babel()
csrf = MaskedTokens()
login_manager = LoginManager()
migrate = Migrate()
socketio = SocketIO()
