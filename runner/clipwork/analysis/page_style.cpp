#include "analysis/page_style.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

namespace clipwork::runs {
namespace {

constexpr const char* kStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f6f4; --card: #fff; --text: #1d1d1b; --soft: #62625c; --line: #dcdcd6; --accent: #1769c2;
  --right: 0 125 85; --wrong: 190 70 0; --c0: #0072b2; --c1: #c2570c; --c2: #00805c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16171a; --card: #1f2125; --text: #ececea; --soft: #a2a39d; --line: #34363c; --accent: #7ab8ff;
    --right: 60 190 140; --wrong: 240 140 60; --c0: #5fb4ec; --c1: #f0a060; --c2: #4ccfa4;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 48px; }
h1 { font-size: 1.35rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 36px 0 10px; }
h3 { font-size: 0.95rem; margin: 0; overflow-wrap: anywhere; }
a { color: var(--accent); }
.lead, .soft { color: var(--soft); }
.lead { margin: 2px 0 14px; }
.soft { font-size: 0.9rem; margin: 6px 0; max-width: 75ch; }
.headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(105px, 1fr)); gap: 10px; margin: 0 0 10px; }
.headline div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
.headline dt { color: var(--soft); font-size: 0.85rem; }
.headline dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.92rem; }
th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
thead th { color: var(--soft); }
th:first-child, td:first-child { padding-left: 0; }
.word { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 6em; }
.sortable { width: 100%; }
.sortable thead th { cursor: pointer; }
.sortable thead th:hover, .sortable thead th:focus-visible { color: var(--accent); }
.sortable th[aria-sort="ascending"]::after { content: " \2191"; }
.sortable th[aria-sort="descending"]::after { content: " \2193"; }
tbody tr:hover { background: var(--card); }
.matrix th span { writing-mode: vertical-rl; }
.matrix tbody th { text-align: left; color: var(--soft); }
.matrix td { text-align: center; min-width: 2.2em; padding: 3px; }
.matrix .right { background: rgb(var(--right) / calc(0.15 + 0.6 * var(--share))); }
.matrix .wrong { background: rgb(var(--wrong) / calc(0.15 + 0.6 * var(--share))); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 14px; }
figure { margin: 0; }
svg { display: block; width: 100%; max-width: 340px; height: auto; }
svg text { fill: var(--soft); font-size: 9px; }
svg .title { fill: var(--text); font-size: 12px; }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
.grid { stroke: var(--line); fill: none; }
polyline { fill: none; stroke-width: 1.6; }
polyline.c0 { stroke: var(--c0); } polyline.c1 { stroke: var(--c1); } polyline.c2 { stroke: var(--c2); }
b.c0 { color: var(--c0); } b.c1 { color: var(--c1); } b.c2 { color: var(--c2); }
.track { margin: 0 0 20px; }
.track p { margin: 0 0 6px; }
.strip { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.strip img { display: block; width: 100%; margin-bottom: 4px; border-radius: 6px; }
figcaption { color: var(--soft); font-size: 0.85rem; }
summary { cursor: pointer; margin: 8px 0; }
input { font: inherit; padding: 4px 8px; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: inherit; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  main { padding: 14px 12px 40px; }
  .strip { grid-template-columns: repeat(3, 80%); overflow-x: auto; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 6px; }
}
)css";

constexpr const char* kScript = R"js(
(() => {
  const value = cell => {
    const text = cell.dataset.value ?? cell.textContent, number = Number(text);
    return text === '' ? null : Number.isNaN(number) ? text.toLowerCase() : number;
  };
  // Numbers before words, and cells without a value always at the end.
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  };
  for (const table of document.querySelectorAll('.sortable')) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    const sort = head => {
      const column = heads.indexOf(head), up = head.getAttribute('aria-sort') !== 'ascending';
      heads.forEach(one => one.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const rows = [...body.rows].map(row => [value(row.cells[column]), row]);
      rows.sort((a, b) => compare(a[0], b[0], up ? 1 : -1));
      body.append(...rows.map(row => row[1]));
    };
    table.tHead.addEventListener('click', event => { const head = event.target.closest('th'); if (head) sort(head); });
    table.tHead.addEventListener('keydown', event => { if (event.key === 'Enter') sort(event.target); });
  }
  const filter = document.getElementById('filter');
  filter?.addEventListener('input', () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of document.querySelectorAll('#tracks tbody tr')) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
    }
  });
})();
)js";

}  // namespace

std::string page_head(const std::string& title) {
  return cat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      escaped(title), " - Clipwork</title>\n<style>", kStyle,
      "</style>\n</head>\n<body>\n<main>\n<h1>", escaped(title), "</h1>\n");
}

std::string page_end() {
  return cat("</main>\n<script>", kScript, "</script>\n</body>\n</html>\n");
}

}  // namespace clipwork::runs
