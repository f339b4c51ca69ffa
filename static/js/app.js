// What every page has. Each behaviour looks for its own attribute and does nothing without it.
import "./reveal-password.js";
import "./password-rules.js";
import "./copy.js";
import "./hold.js";
import "./unsaved.js";
import "./print.js";
import "./focus-errors.js";
import "./dialog.js";
import "./role-switch.js";
import "./resend.js";
import "./double-submit.js";
import "./appear.js";
import "./file-drop.js";
import "./resumable-upload.js";
import "./session.js";
