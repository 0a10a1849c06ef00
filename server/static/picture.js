// A picture of a network on a canvas: draws nodes, ties and labels; moves, zooms, finds a node.
//
// What is drawn reaches past the frame; while one moves, it is only shifted and scaled, and it is
// drawn anew once all is still. Above it lies a second canvas for the node that is pointed at.

const MARGIN = 0.3; // of the frame on each side, drawn too
const STILL = 120; // milliseconds
const EDGE = 36; // pixels left free around the whole
const CARD = 330; // pixels on the right that a card may cover
const [SMALL, LARGE, CROWD] = [3, 15, 300]; // radii of nodes, and how many have room for them
const [LABELS, NEAREST] = [45, 25]; // at most
const FONT = "13px system-ui, sans-serif";
const FITTING = { x: 0.5, y: 0.5, zoom: 1 };

export class Picture {
  constructor(frame, { pick, still }) {
    Object.assign(this, { frame, tell: { pick, still }, camera: { ...FITTING }, nodes: [], ties: [] });
    this.below = frame.appendChild(document.createElement("canvas"));
    this.above = frame.appendChild(document.createElement("canvas"));
    this.below.className = "below";
    this.above.className = "above";
    this.pointers = new Map();
    this.listen();
  }

  /** Show a network; the camera stays where it is if the nodes are the same. */
  set({ nodes, ties, sides, directed }) {
    const known = this.nodes.map((node) => node.id).join();
    const most = Math.max(...nodes.map((node) => node[5]), 0) || 1;
    const range = (LARGE - SMALL) * Math.min(1, Math.sqrt(CROWD / Math.max(nodes.length, 1)));
    this.nodes = nodes.map(([id, label, x, y, group, score, rank], place) => ({
      ...{ id, label, x, y, group, rank, square: Boolean(sides?.[place]), near: [] },
      radius: SMALL + range * Math.sqrt(Math.max(score, 0) / most),
    }));
    const logs = ties.map((tie) => Math.log(tie[2]));
    const [low, high] = [logs.reduce((a, b) => Math.min(a, b), Infinity), logs.reduce((a, b) => Math.max(a, b), -Infinity)];
    this.ties = ties.map(([from, to], place) => {
      const share = high > low ? (logs[place] - low) / (high - low) : 0;
      return { from: this.nodes[from], to: this.nodes[to], width: Math.round(3 + 12 * share) / 5 };
    });
    this.ties.sort((a, b) => a.width - b.width);
    for (const { from, to } of this.ties) from.near.push(to) && to.near.push(from);
    this.large = [...this.nodes].sort((a, b) => b.radius - a.radius);
    this.foremost = [...this.nodes].sort((a, b) => a.rank - b.rank || b.near.length - a.near.length);
    this.directed = directed;
    this.pointed = this.picked = null;
    if (known && known !== this.nodes.map((node) => node.id).join()) this.camera = { ...FITTING };
    this.draw();
  }

  /** Pick a node by its IRI, and bring it into view; nothing picks none. */
  choose(id) {
    this.picked = this.nodes.find((node) => node.id === id) ?? null;
    const { width, height } = this.size();
    if (this.picked) {
      const [x, y] = this.place(this.picked);
      const right = width - (width > 700 ? CARD : EDGE);
      if (x < EDGE || y < EDGE || x > right || y > height - EDGE) Object.assign(this.camera, { x: this.picked.x, y: this.picked.y });
    }
    this.move();
  }

  fit() {
    this.camera = { ...FITTING };
    this.move();
  }

  pan(across, down) {
    const scale = this.camera.zoom * this.size().unit;
    this.camera.x += across / scale;
    this.camera.y += down / scale;
    this.move();
  }

  /** Come nearer by a factor; what is at a point of the frame stays there. */
  zoom(factor, x = this.size().width / 2, y = this.size().height / 2) {
    const { width, height, unit } = this.size();
    const zoom = Math.min(60, Math.max(0.4, this.camera.zoom * factor));
    const shift = (1 / this.camera.zoom - 1 / zoom) / unit;
    this.camera = { x: this.camera.x + (x - width / 2) * shift, y: this.camera.y + (y - height / 2) * shift, zoom };
    this.move();
  }

  /** The node at a point of the frame, or one near it. */
  at(x, y) {
    let [found, least] = [null, 12];
    for (const node of this.nodes) {
      const [across, down] = this.place(node);
      const far = Math.hypot(across - x, down - y) - this.radius(node);
      if (far < least) [found, least] = [node, far];
    }
    return found;
  }

  /** The picture as it is, as a PNG of twice the size. */
  blob() {
    const { width, height } = this.size();
    const canvas = document.createElement("canvas");
    const pen = penOf(canvas, width, height, 2);
    pen.fillStyle = this.colours().bg;
    pen.fillRect(0, 0, width, height);
    this.paint(pen, 0, 0);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  size() {
    const { clientWidth: width, clientHeight: height } = this.frame;
    return { width, height, unit: Math.max(50, Math.min(width, height) - 2 * EDGE) };
  }

  place(node) {
    const { width, height, unit } = this.room;
    const scale = this.camera.zoom * unit;
    return [(node.x - this.camera.x) * scale + width / 2, (node.y - this.camera.y) * scale + height / 2];
  }

  radius(node) {
    return node.radius * this.camera.zoom ** 0.4;
  }

  colours() {
    const styles = getComputedStyle(this.frame);
    const of = (name) => styles.getPropertyValue(`--${name}`).trim();
    const groups = [1, 2, 3, 4, 5, 6].map((number) => of(`c${number}`));
    return { bg: of("bg"), ink: of("ink"), line: of("ink2"), link: of("link"), rest: of("rest"), groups };
  }

  /** After the camera has moved: shift what is drawn, and draw it anew once all is still. */
  move() {
    if (!this.drawn) return;
    const { unit } = (this.room = this.size());
    const [scale, { x, y, zoom }] = [this.camera.zoom * unit, this.drawn];
    const [across, down] = [(x - this.camera.x) * scale, (y - this.camera.y) * scale];
    this.below.style.transform = `translate(${across}px, ${down}px) scale(${this.camera.zoom / zoom})`;
    this.highlight();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), STILL);
  }

  draw() {
    const { width, height } = (this.room = this.size());
    const [left, top] = [Math.round(width * MARGIN), Math.round(height * MARGIN)];
    const pen = penOf(this.below, width + 2 * left, height + 2 * top, devicePixelRatio);
    Object.assign(this.below.style, { left: `${-left}px`, top: `${-top}px`, transform: "" });
    this.paint(pen, left, top);
    this.drawn = { ...this.camera };
    this.above.dataset.drawn = this.nodes.length;
    this.highlight();
    this.tell.still(this.camera);
  }

  paint(pen, left, top) {
    const colours = this.colours();
    pen.translate(left, top);
    pen.globalAlpha = Math.max(0.04, Math.min(0.6, 10 / Math.sqrt(this.ties.length || 1)));
    this.lines(pen, this.ties, colours.line);
    pen.globalAlpha = 1;
    this.dots(pen, this.large, colours);
    this.words(pen, this.foremost, colours, LABELS);
  }

  /** Lines of one width at a time, a few to each stroke: long paths are slow to fill in. */
  lines(pen, ties, colour) {
    const heads = this.directed && ties.length < 3000;
    pen.strokeStyle = pen.fillStyle = colour;
    let count = 0;
    pen.beginPath();
    for (const { from, to, width } of ties) {
      if (pen.lineWidth !== width || ++count % 50 === 0) {
        pen.stroke();
        pen.beginPath();
        pen.lineWidth = width;
      }
      const [a, b] = [this.place(from), this.place(to)];
      pen.moveTo(...a);
      pen.lineTo(...b);
      if (heads) arrow(pen, a, b, this.radius(to));
    }
    pen.stroke();
  }

  dots(pen, nodes, colours) {
    pen.strokeStyle = colours.bg;
    pen.lineWidth = 1;
    for (const node of nodes) {
      const [[x, y], radius] = [this.place(node), this.radius(node)];
      pen.fillStyle = colours.groups[node.group] ?? colours.rest;
      pen.beginPath();
      if (node.square) pen.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      else pen.arc(x, y, radius, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }

  /** Labels where they find room: those of the first nodes first, none upon another. */
  words(pen, nodes, colours, most) {
    const { width, height } = this.room;
    const taken = [];
    pen.font = FONT;
    pen.textBaseline = "middle";
    [pen.strokeStyle, pen.fillStyle, pen.lineWidth, pen.lineJoin] = [colours.bg, colours.ink, 3, "round"];
    for (const node of nodes) {
      if (taken.length >= most) break;
      const [[x, y], gap] = [this.place(node), this.radius(node) + 4];
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const text = node.label.length > 38 ? `${node.label.slice(0, 36).trimEnd()}…` : node.label;
      const long = (node.long ??= pen.measureText(text).width);
      const rooms = [[x + gap, y], [x - gap - long, y], [x - long / 2, y + gap + 8], [x - long / 2, y - gap - 8]];
      const room = rooms.find(([left, down]) => left > 0 && left + long < width && taken.every((other) => left > other.right || left + long < other.left || Math.abs(down - other.down) > 16));
      if (!room) continue;
      taken.push({ left: room[0], right: room[0] + long, down: room[1] });
      pen.strokeText(text, ...room);
      pen.fillText(text, ...room);
    }
  }

  /** The node that is pointed at or picked, with those tied to it, above all others. */
  highlight() {
    const [node, { width, height }] = [this.pointed ?? this.picked, this.room];
    if (!node && !this.marked) return;
    const [pen, colours] = [penOf(this.above, width, height, devicePixelRatio), this.colours()];
    this.marked = Boolean(node);
    if (!node) return;
    pen.globalAlpha = 0.85;
    pen.fillStyle = colours.bg;
    pen.fillRect(0, 0, width, height);
    pen.globalAlpha = 0.8;
    this.lines(pen, this.ties.filter(({ from, to }) => from === node || to === node), colours.link);
    pen.globalAlpha = 1;
    const near = [...new Set(node.near)].sort((a, b) => a.rank - b.rank);
    this.dots(pen, [...near, node], colours);
    this.words(pen, [node, ...near.slice(0, NEAREST)], colours, NEAREST);
  }

  point(node) {
    if (node === this.pointed) return;
    this.pointed = node;
    this.above.style.cursor = node ? "pointer" : "";
    this.highlight();
  }

  listen() {
    const { above } = this;
    above.addEventListener("pointerdown", (event) => {
      this.pointers.set(event.pointerId, event);
      this.travelled = 0;
      above.setPointerCapture(event.pointerId);
    });
    above.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      above.addEventListener(end, (event) => {
        if (end === "pointerup" && this.travelled < 5 && this.pointers.size === 1) this.tell.pick(this.at(event.offsetX, event.offsetY));
        this.pointers.delete(event.pointerId);
      });
    }
    above.addEventListener("pointerleave", () => this.point(null));
    above.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.offsetX, event.offsetY);
    }, { passive: false });
    new ResizeObserver(() => this.nodes.length && this.draw()).observe(this.frame);
    for (const change of ["(prefers-color-scheme: dark)", `(resolution: ${devicePixelRatio}dppx)`]) {
      matchMedia(change).addEventListener("change", () => this.draw());
    }
  }

  /** Point at what is below the pointer; held down, it moves the picture, and two of them zoom. */
  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.point(this.at(event.offsetX, event.offsetY));
    const [across, down] = [event.offsetX - before.offsetX, event.offsetY - before.offsetY];
    const other = [...this.pointers.values()].find((each) => each.pointerId !== event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.travelled += Math.abs(across) + Math.abs(down);
    this.pointed = null;
    if (!other) return this.pan(-across, -down);
    this.pan(-across / 2, -down / 2);
    const far = (one) => Math.hypot(one.offsetX - other.offsetX, one.offsetY - other.offsetY) || 1;
    this.zoom(far(event) / far(before), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
  }
}

/** What draws on a canvas of a size in CSS pixels, which is empty then. */
function penOf(canvas, width, height, ratio) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return pen;
}

/** The head of a tie that ends at the edge of its node. */
function arrow(pen, [x, y], [toX, toY], radius) {
  const turn = Math.atan2(toY - y, toX - x);
  for (const side of [-0.45, 0.45]) {
    pen.moveTo(toX - radius * Math.cos(turn), toY - radius * Math.sin(turn));
    pen.lineTo(toX - radius * Math.cos(turn) - 7 * Math.cos(turn + side), toY - radius * Math.sin(turn) - 7 * Math.sin(turn + side));
  }
}
