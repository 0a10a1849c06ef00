// Gestures on a picture: the mouse, fingers and keys that move it, zoom it and pick nodes.

const KEYS = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
const NEARER = 1.4;
const STRAY = 5; // pixels that a click may move

/** Make a picture movable; `pick` is called with the clicked node, or null. */
export function listen(picture, pick) {
  const { above } = picture;
  const held = new Map();
  let travelled = 0;

  above.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, event);
    travelled = 0;
    picture.held = held.size;
    above.setPointerCapture(event.pointerId);
  });

  above.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return picture.point(picture.at(event.offsetX, event.offsetY));
    const [across, down] = [event.offsetX - before.offsetX, event.offsetY - before.offsetY];
    const other = [...held.values()].find((each) => each.pointerId !== event.pointerId);
    held.set(event.pointerId, event);
    travelled += Math.abs(across) + Math.abs(down);
    picture.pointed = null;
    if (!other) return picture.pan(-across, -down);
    const far = (one) => Math.hypot(one.offsetX - other.offsetX, one.offsetY - other.offsetY) || 1;
    picture.pan(-across / 2, -down / 2);
    picture.zoom(far(event) / far(before), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
  });

  for (const end of ["pointerup", "pointercancel"]) {
    above.addEventListener(end, (event) => {
      const clicked = end === "pointerup" && held.size === 1 && travelled < STRAY;
      held.delete(event.pointerId);
      picture.held = held.size;
      if (clicked) pick(picture.at(event.offsetX, event.offsetY));
      else picture.move();
    });
  }
  above.addEventListener("pointerleave", () => picture.point(null));

  above.addEventListener("wheel", (event) => {
    event.preventDefault();
    const speed = event.ctrlKey ? 0.01 : 0.0015; // a pinch on a pad comes as Ctrl and small steps
    picture.zoom(Math.exp(-event.deltaY * speed), event.offsetX, event.offsetY);
  }, { passive: false });

  above.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key in KEYS) picture.pan(...KEYS[key]);
    else if (key === "+" || key === "=") picture.zoom(NEARER);
    else if (key === "-") picture.zoom(1 / NEARER);
    else if (key === "0") picture.fit();
    else if (key === "Escape") pick(null);
    else return;
    event.preventDefault();
  });
}
