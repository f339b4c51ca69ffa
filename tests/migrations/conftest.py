"""What the tests of upgrades share."""

import pytest

from app import create_app
from core.database import db
from tests.conftest import make_config


@pytest.fixture
def fresh(database, tmp_path, request):
    """An application of its own on an empty database."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    app = create_app(make_config(tmp_path / "data", url), TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
