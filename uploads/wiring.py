"""Plug uploads into the application."""

from __future__ import annotations

from flask import Flask

from core import late_forms, outbox
from core.authorization import register_rules
from core.page_slots import fill
from core.personal_data import register_eraser
from uploads import storage, upkeep
from uploads.cli import find_storage_fault  # the module adds its commands to « flask doctor »
from uploads.models import ResumableUpload
from uploads.operations import DISCARD, discard_bytes
from uploads.policy import RULES
from uploads.views import parts
from uploads.views.blueprint import bp
from uploads.views.receiving import keep_late_files, show_kept_files

PAGES = (parts,)
"""Importing them puts their routes on the blueprint."""


def init_app(app: Flask) -> None:
    register_rules(RULES)
    app.register_blueprint(bp)
    storage.init_app(app, app.config["ALVEOLE"])
    fill("start_problem", find_storage_fault)
    fill("kept_files", show_kept_files)
    late_forms.register_file_keeper(keep_late_files)
    outbox.register_handler(DISCARD, discard_bytes)
    register_eraser(ResumableUpload, upkeep.erase_unfinished_uploads)
    outbox.register_handler(upkeep.KIND, upkeep.reconcile)
    outbox.register_regular(upkeep.KIND)
