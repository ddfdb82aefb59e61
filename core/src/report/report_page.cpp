#include "report/report_page.h"

namespace clipwork {

const char* const kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f6f4; --card: #fff; --text: #1d1d1b; --soft: #62625c; --line: #dcdcd6; --track: #ececea;
  --warn: #ffe08a; --warn-text: #3a2c00; --accent: #1769c2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16171a; --card: #1f2125; --text: #ececea; --soft: #a2a39d; --line: #34363c; --track: #2a2d32;
    --warn: #5c4708; --warn-text: #ffe9ae; --accent: #7ab8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 48px; }
h1 { font-size: 1.35rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 32px 0 10px; }
.lead { color: var(--soft); margin: 2px 0 14px; }
.note { background: var(--warn); color: var(--warn-text); padding: 10px 14px; border-radius: 8px; margin: 0 0 10px;
  font-weight: 600; }
video { display: block; width: 100%; max-height: 70vh; background: #000; border-radius: 8px; }
.bar { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin: 14px 0 8px; }
.bar label { display: flex; gap: 10px; align-items: center; flex: 1 1 260px; max-width: 420px; }
.bar input { flex: 1; min-width: 90px; accent-color: var(--accent); }
.bar output { font-variant-numeric: tabular-nums; }
.soft { color: var(--soft); font-variant-numeric: tabular-nums; }
.lanes { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
.lane { display: grid; grid-template-columns: 15rem 1fr; gap: 12px; align-items: center; width: 100%; border: 0;
  border-bottom: 1px solid var(--line); background: none; color: inherit; font: inherit; text-align: left;
  padding: 8px 6px; cursor: pointer; }
.lane:hover { background: var(--card); }
.lane:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 6px; }
.name { display: grid; grid-template-columns: 14px auto 1fr auto; gap: 8px; align-items: center; }
.dot { width: 14px; height: 14px; border-radius: 4px; }
.class { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.id { min-width: 1.6em; text-align: right; }
.id, .score { color: var(--soft); font-variant-numeric: tabular-nums; }
.time { position: relative; display: block; height: 16px; background: var(--track); border-radius: 4px; overflow: hidden; }
.time i { position: absolute; top: 0; bottom: 0; min-width: 2px; }
.time b { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; left: calc(var(--at, 0) * 100%);
  background: var(--text); opacity: 0; }
.ready .time b { opacity: 1; }
.away .name { opacity: 0.45; }
li[hidden] { display: none; }
.videos { list-style: none; margin: 0; padding: 0; display: grid; gap: 18px;
  grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
.videos a { display: block; color: inherit; text-decoration: none; border-radius: 8px; }
.videos a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.videos img { display: block; width: 100%; border-radius: 8px; background: var(--track); }
.videos .title { display: block; font-weight: 600; margin-top: 6px; overflow-wrap: anywhere; }
.videos a:hover .title { color: var(--accent); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 8px; text-align: right; border-bottom: 1px solid var(--line); font-weight: 400; white-space: nowrap; }
th { color: var(--soft); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td:last-child { width: 40%; padding-right: 0; }
.share { display: block; height: 10px; border-radius: 3px; background: var(--accent); min-width: 1px; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px;
  font-size: 13px; line-height: 1.45; }
summary { cursor: pointer; }
kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; font: inherit; font-size: 0.85em; }
@media (max-width: 640px) {
  main { padding: 14px 12px 40px; }
  .lane { grid-template-columns: 1fr; gap: 6px; padding: 10px 2px; }
  .keys { display: none; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 6px; }
  td:last-child, th:last-child { display: none; }
}
)css";

const char* const kReportScript = R"js(
(() => {
  const lanes = document.querySelector('.lanes');
  if (!lanes) return;
  const frames = +lanes.dataset.frames, starts = lanes.dataset.starts.split(' ').filter(Boolean).map(Number);
  const video = starts.length ? document.querySelector('video') : null, at = document.getElementById('at');
  const items = [...lanes.children];
  const runs = items.map(li => li.dataset.visible.split(' ').filter(Boolean).map(run => run.split('-').map(Number)));
  let frame = 0;

  const show = () => {
    lanes.style.setProperty('--at', (frame + 0.5) / frames);
    if (at) at.textContent = `frame ${frame} of ${frames}` + (frame < starts.length ? `, ${(starts[frame] / 1000).toFixed(2)} s` : '');
    items.forEach((li, i) => li.classList.toggle('away', !runs[i].some(([first, end]) => first <= frame && frame < end)));
  };
  const seek = to => {
    frame = Math.min(frames - 1, Math.max(0, to));
    // The middle of a frame: its edge may round to the one before.
    if (video && frame < starts.length) {
      const end = starts[frame + 1] ?? (1000 * video.duration || starts[frame]);
      video.currentTime = (starts[frame] + end) / 2000;
    }
    show();
  };
  const follow = () => {
    const time = 1000 * video.currentTime + 1;
    let now = 0, end = starts.length;
    while (end - now > 1) {
      const middle = (now + end) >> 1;
      if (starts[middle] <= time) now = middle; else end = middle;
    }
    if (now !== frame) { frame = now; show(); }
  };
  if (video) {
    const tick = () => { follow(); if (!video.paused && !video.ended) requestAnimationFrame(tick); };
    video.addEventListener('play', tick);
    video.addEventListener('seeked', follow);
    video.addEventListener('timeupdate', follow);
  }

  lanes.addEventListener('click', event => {
    const lane = event.target.closest('.lane');
    if (!lane) return;
    const time = event.target.closest('.time');
    if (time && event.detail) {
      const box = time.getBoundingClientRect();
      seek(Math.floor((event.clientX - box.left) / box.width * frames));
    } else {
      const first = runs[items.indexOf(lane.parentElement)][0];
      if (first) seek(first[0]);
    }
  });
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, video, summary, pre')) return;
    const lane = event.target.closest?.('.lane');
    if (event.key === 'ArrowLeft') seek(frame - 1);
    else if (event.key === 'ArrowRight') seek(frame + 1);
    else if (event.key === ' ' && video) video.paused ? video.play() : video.pause();
    else if (lane && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      const open = items.filter(li => !li.hidden);
      const next = open[open.indexOf(lane.parentElement) + (event.key === 'ArrowDown' ? 1 : -1)];
      if (next) next.firstElementChild.focus();
    } else return;
    event.preventDefault();
  });
  // A focused button is pressed when the space key comes up again.
  lanes.addEventListener('keyup', event => { if (event.key === ' ') event.preventDefault(); });

  const least = document.getElementById('least'), shown = document.getElementById('shown');
  if (least) {
    const filter = () => {
      items.forEach(li => { li.hidden = +li.dataset.score < +least.value; });
      const left = items.filter(li => !li.hidden).length;
      shown.textContent = `${(+least.value).toFixed(2)}: ${left} of ${items.length} tracks`;
    };
    least.addEventListener('input', filter);
    filter();
  }
  lanes.classList.add('ready');
  show();
})();
)js";

}  // namespace clipwork
