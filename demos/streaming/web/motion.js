//  SPDX-License-Identifier: MIT
//
//  Messages on their way: dots on a canvas that lies between the lines of the
//  map and its services, as many a second as were measured. Where there are too
//  many a larger dot is ten of them, or a hundred. It stands still when nobody
//  can see it.

import { WIDTH, HEIGHT } from "./places.js";

const SPEED = 190;    // Of a message, in units of the map a second
const CROWD = 9;      // More a second than these become larger dots
const LINGER_S = 1.1; // So long a lost one is seen where it was lost
const STEP = 6;       // Between two points that are known of a path
const MOST = 1500;    // Dots

const SIZES = [2.3, 3.8, 5.4];

export class Motion
{
  constructor (canvas)
  {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.flows = new Map();
    this.dots = [];
    this.last = 0;
    this.wanted = false;
    this.seen = true;
    this.frame = null;
    this.paint();
    new ResizeObserver(() => this.fit()).observe(canvas);
    new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
      this.run();
    }).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)")
      .addEventListener("change", () => this.paint());
  }

  //  The colours, as the style sheet has them now
  paint ()
  {
    const style = getComputedStyle(this.canvas);
    this.colours = { ask: style.getPropertyValue("--accent"),
                     bad: style.getPropertyValue("--bad") };
  }

  fit ()
  {
    const { width, height } = this.canvas.getBoundingClientRect();
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
  }

  move (on)
  {
    this.wanted = on;
    if (!on) {
      this.dots.length = 0;
      this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    }
    this.run();
  }

  run ()
  {
    if (!this.wanted || !this.seen) {
      cancelAnimationFrame(this.frame);
      this.frame = null;
    }
    else if (this.frame === null) {
      this.last = performance.now();
      this.frame = requestAnimationFrame(now => this.step(now));
    }
  }

  //  That is the way of an edge from now on; path is an SVG element
  lead (key, path)
  {
    const length = path.getTotalLength();
    const points = [];
    for (let far = 0; far < length + STEP; far += STEP) {
      const { x, y } = path.getPointAtLength(Math.min(far, length));
      points.push(x, y);
    }
    this.flows.set(key, { length, points: Float32Array.from(points),
                          rates: {}, due: {} });
  }

  forget (key)
  {
    this.flows.delete(key);
  }

  //  So many a second: asked, repeated, failed, lost, and pieces that come back
  rate (key, rates)
  {
    this.flows.get(key).rates = rates;
  }

  emit (flow, kind, passed_s)
  {
    const rate = flow.rates[kind] ?? 0;
    const size = rate > CROWD * 10 ? 2 : rate > CROWD ? 1 : 0;
    const due = (flow.due[kind] ?? Math.random())
                + rate * passed_s / 10 ** size;
    flow.due[kind] = due % 1;
    for (let i = 1; i <= Math.min(due, 3) && this.dots.length < MOST; i++)
      this.dots.push({ flow, kind, size, far: -Math.random() * SPEED / 8,
                       stops: flow.length * (0.4 + 0.35 * Math.random()),
                       gone_s: 0 });
  }

  step (now)
  {
    const passed_s = Math.min((now - this.last) / 1000, 0.1);
    this.last = now;
    for (const flow of this.flows.values())
      for (const kind in flow.rates)
        this.emit(flow, kind, passed_s);
    let kept = 0;
    for (const dot of this.dots) {
      if (dot.kind === "lost" && dot.far >= dot.stops)
        dot.gone_s += passed_s;
      else
        dot.far += SPEED * passed_s;
      if (dot.far < dot.flow.length && dot.gone_s < LINGER_S)
        this.dots[kept++] = dot;
    }
    this.dots.length = kept;
    this.show();
    this.frame = requestAnimationFrame(time => this.step(time));
  }

  show ()
  {
    const { pen, canvas, colours } = this;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(canvas.width / WIDTH, 0, 0, canvas.height / HEIGHT, 0, 0);
    const shapes = { ask: new Path2D(), retry: new Path2D(),
                     failed: new Path2D(), lost: new Path2D(),
                     pieces: new Path2D() };
    for (const dot of this.dots)
      if (dot.far >= 0)
        this.shape(shapes, dot);
    pen.fillStyle = pen.strokeStyle = colours.ask;
    pen.fill(shapes.ask);
    pen.globalAlpha = 0.65;
    pen.fill(shapes.pieces);
    pen.globalAlpha = 1;
    pen.lineWidth = 1.4;
    pen.stroke(shapes.retry);
    pen.fillStyle = pen.strokeStyle = colours.bad;
    pen.fill(shapes.failed);
    pen.lineWidth = 1.8;
    pen.stroke(shapes.lost);
  }

  //  A disc asks, a ring asks again, a diamond comes back with an error, a
  //  square is a piece of an answer, and a cross was lost there
  shape (shapes, { flow, kind, size, far, stops })
  {
    const back = kind === "failed" || kind === "pieces";
    const at = Math.max(back ? flow.length - far : far, 0) / STEP;
    const i = Math.min(Math.floor(at), flow.points.length / 2 - 2);
    const part = Math.min(at - i, 1);
    const x = flow.points[2 * i] * (1 - part) + flow.points[2 * i + 2] * part;
    const y = flow.points[2 * i + 1] * (1 - part)
              + flow.points[2 * i + 3] * part;
    const r = SIZES[size];
    if (kind === "failed") {
      const path = shapes.failed;
      path.moveTo(x - r - 1.6, y);
      path.lineTo(x, y - r - 1.6);
      path.lineTo(x + r + 1.6, y);
      path.lineTo(x, y + r + 1.6);
      path.closePath();
    }
    else if (kind === "pieces")
      shapes.pieces.rect(x - r * 0.7, y - r * 0.7, r * 1.4, r * 1.4);
    else if (kind === "lost" && far >= stops) {
      shapes.lost.moveTo(x - r - 1.5, y - r - 1.5);
      shapes.lost.lineTo(x + r + 1.5, y + r + 1.5);
      shapes.lost.moveTo(x - r - 1.5, y + r + 1.5);
      shapes.lost.lineTo(x + r + 1.5, y - r - 1.5);
    }
    else {
      const path = kind === "retry" ? shapes.retry : shapes.ask;
      path.moveTo(x + r, y);
      path.arc(x, y, r, 0, 7);
    }
  }
}
