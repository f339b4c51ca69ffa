// A chosen photo is shown as it will be, and framed: closer, from left to right, from top to
// bottom. What is chosen goes with the form as parts of the picture; without script the middle is
// kept. The photo is drawn on a canvas: no address is made for it, and it goes nowhere before the
// button.
for (const place of document.querySelectorAll("[data-portrait]")) {
  const input = place.querySelector("input[type=file]");
  const crop = place.querySelector("[data-crop]");
  const canvas = crop.querySelector("canvas");
  const [zoom, across, down] = crop.querySelectorAll("input[type=range]");
  const [left, top, side] = ["left", "top", "side"].map((name) =>
    crop.querySelector(`[name=crop_${name}]`),
  );
  const pen = canvas.getContext("2d");
  let photo = null;

  const clear = () => {
    crop.hidden = true;
    for (const part of [left, top, side]) part.value = "";
  };

  const draw = () => {
    if (!photo) return;
    const shorter = Math.min(photo.width, photo.height);
    const kept = shorter / Number(zoom.value);
    const x = Number(across.value) * (photo.width - kept);
    const y = Number(down.value) * (photo.height - kept);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(photo, x, y, kept, kept, 0, 0, canvas.width, canvas.height);
    left.value = (x / photo.width).toFixed(4);
    top.value = (y / photo.height).toFixed(4);
    side.value = (kept / shorter).toFixed(4);
  };

  input.addEventListener("change", async () => {
    photo = null;
    clear();
    const [file] = input.files;
    if (!file) return;
    try {
      photo = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      return; // a format that this browser does not read: the server does, and keeps the middle
    }
    zoom.value = 1;
    across.value = down.value = 0.5;
    crop.hidden = false;
    draw();
  });

  for (const tool of [zoom, across, down]) tool.addEventListener("input", draw);

  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = {
      x: event.clientX,
      y: event.clientY,
      across: Number(across.value),
      down: Number(down.value),
    };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from || !photo) return;
    const shorter = Math.min(photo.width, photo.height);
    const kept = shorter / Number(zoom.value);
    const scale = kept / canvas.clientWidth;
    const move = (tool, start, by, length) => {
      if (length > kept) tool.value = start - (by * scale) / (length - kept);
    };
    move(across, from.across, event.clientX - from.x, photo.width);
    move(down, from.down, event.clientY - from.y, photo.height);
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      from = null;
    });
  }
}
