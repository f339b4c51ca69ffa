"""Extension objects, created unbound; ``app.create_app`` binds them."""

from flask_babel import Babel
from flask_migrate import Migrate
from flask_socketio import SocketIO
from flask_wtf import CSRFProtect

babel = Babel()
csrf = CSRFProtect()
migrate = Migrate()
socketio = SocketIO()
