// Places on a map of the world, which is inside the page.

import { draw, count } from "./dom.js";
import { LAND } from "./land.js";

// The Natural Earth projection (T. Patterson, B. Šavrič), as d3-geo's geoNaturalEarth1 has it, with the scale and the centre that land.js was made with.
const SCALE = 175, X = 480, Y = 250;

/** @param {number} latitude @param {number} longitude */
export function project(latitude, longitude) {
  const l = (longitude * Math.PI) / 180, p = (latitude * Math.PI) / 180, p2 = p * p, p4 = p2 * p2;
  const x = l * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)));
  const y = p * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)));
  return [X + SCALE * x, Y - SCALE * y];
}

/**
 * @param {any} svg @param {{id: number, name: string, latitude: number, longitude: number, articles: number, mentions: number, alike: number}[]} places
 * @param {((id: number) => void) | null} open
 */
export function map(svg, places, open) {
  const most = Math.max(1, ...places.map((place) => place.mentions));
  // The largest has a radius that leaves room for its neighbours.
  const unit = Math.min(2.1, 16 / Math.sqrt(most));
  const dots = [...places].sort((a, b) => b.mentions - a.mentions).map((place) => ({ place, at: project(place.latitude, place.longitude) }));
  // The lists of names beside it are for the keyboard; a drawing is one thing to whoever listens.
  svg.replaceChildren(draw("path", { class: "land", d: LAND }), ...dots.map(({ place, at }) => draw("circle", {
    cx: at[0].toFixed(1), cy: at[1].toFixed(1), r: (2.4 + unit * Math.sqrt(place.mentions)).toFixed(1), class: place.alike > 1 ? "amb" : null, on: { click: () => open?.(place.id) } },
    draw("title", {}, `${place.name}: ${count(place.articles, "article")}, ${count(place.mentions, "mention")}${place.alike > 1 ? `; ${place.alike} places have this name` : ""}`))));
  /** @type {number[][]} */
  const taken = [];
  for (const { place, at } of dots) {
    if (taken.length === 18) break;
    const width = 6.8 * place.name.length, right = at[0] + 10 + width < 950;
    const left = right ? at[0] + 8 : at[0] - 8 - width, box = [left, at[1] - 8, left + width, at[1] + 6];
    if (taken.some((b) => box[0] < b[2] + 4 && box[2] > b[0] - 4 && box[1] < b[3] + 2 && box[3] > b[1] - 2)) continue;
    taken.push(box);
    svg.append(draw("text", { x: left.toFixed(1), y: (at[1] + 4).toFixed(1) }, place.name));
  }
}
