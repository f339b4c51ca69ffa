// Rebuilds, byte for byte, what the browser gets from others: npm ci && node vendor.mjs
// With --check nothing is written; it fails when a committed file differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const ICONS = `apple arrow-left arrow-right badge-check ban bell book-open building-2 calendar-check calendar-clock
calendar-days calendar-plus calendar-x check chevron-down chevron-left chevron-right circle circle-alert circle-check
circle-dot circle-user-round circle-x clock copy credit-card download ellipsis eye eye-off file-text footprints
hand-heart heart history hourglass house inbox info key-round languages life-buoy link lock-keyhole log-in log-out
mail mail-open message-circle monitor notebook-pen pencil phone plus printer refresh-cw rotate-cw search send
settings shield-check sliders-horizontal smartphone stethoscope sun syringe tablet triangle-alert upload user-round
user-round-plus users-round video wifi-off x`.split(/\s+/);

const shape = (name) => {
  const source = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const inner = source.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
};

const copied = (path) => readFileSync(`node_modules/${path}`, "utf8").replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n");

const made = {
  "static/icons.svg": `<svg xmlns="http://www.w3.org/2000/svg">\n${ICONS.map(shape).join("\n")}\n</svg>\n`,
  "static/vendor/lucide-LICENSE.txt": copied("lucide-static/LICENSE"),
  "static/vendor/socket.io.esm.min.js": copied("socket.io-client/dist/socket.io.esm.min.js"),
  "static/vendor/socket.io-LICENSE.txt": copied("socket.io-client/LICENSE"),
  "tests/vendor/axe.min.js": copied("axe-core/axe.min.js"),
  "tests/vendor/axe-LICENSE.txt": copied("axe-core/LICENSE"),
  "tests/vendor/ical.js": copied("ical.js/dist/ical.es5.min.cjs"),
  "tests/vendor/ical-LICENSE.txt": copied("ical.js/LICENSE"),
};

const check = process.argv.includes("--check");
let wrong = 0;
for (const [path, text] of Object.entries(made)) {
  if (check) {
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    console.log(`differs: ${path}`);
    wrong = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
process.exit(wrong);
