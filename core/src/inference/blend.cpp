#include "inference/blend.h"

#include <clipwork/error.h>

#include <algorithm>
#include <map>
#include <set>

namespace clipwork {

namespace {

int64_t row_of(const std::vector<std::pair<int64_t, int64_t>>& rows, int64_t track) {
  auto found = std::lower_bound(rows.begin(), rows.end(), std::pair<int64_t, int64_t>(track, -1));
  return found != rows.end() && found->first == track ? found->second : -1;
}

}  // namespace

void Blend::add(const Tracked& window, int64_t frames, int64_t settled) {
  std::map<int64_t, int64_t> rows;
  for (const Link& link : window.links) {
    if (link.track >= 0 && link.drawn) rows[link.track] = link.row;
  }
  if (frames_.empty()) first_ = settled;
  for (int64_t t = 0; t < frames; ++t) {
    int64_t frame = window.first + t;
    if (frame < settled) continue;
    while (end() <= frame) frames_.emplace_back();
    frames_[frame - first_].push_back(
        {window.prediction.masks, static_cast<int>(t), {rows.begin(), rows.end()}});
  }
}

const std::vector<Blend::Part>& Blend::parts(int64_t frame) const {
  if (frame < begin() || frame >= end()) throw Error(cat("frame ", frame, " is not in the blend"));
  return frames_[frame - first_];
}

void Blend::drop(const std::vector<int64_t>& tracks) {
  if (tracks.empty()) return;
  const std::set<int64_t> dropped(tracks.begin(), tracks.end());
  for (std::vector<Part>& parts : frames_) {
    for (Part& part : parts) {
      std::erase_if(part.rows, [&](const auto& one) { return dropped.contains(one.first); });
    }
  }
}

std::vector<int64_t> Blend::tracks(int64_t frame) const {
  std::set<int64_t> tracks;
  for (const Part& part : parts(frame)) {
    for (const auto& [track, row] : part.rows) tracks.insert(track);
  }
  return {tracks.begin(), tracks.end()};
}

Blend::Mean Blend::mean(int64_t frame, const std::vector<int64_t>& tracks) const {
  const std::vector<Part>& held = parts(frame);
  std::vector<MeanPart> mean_parts;
  for (const Part& part : held) {
    MeanPart entry{
        as_ == MaskForm::Values::probabilities ? as_probabilities(part.masks) : part.masks,
        part.local,
        {}};
    for (int64_t track : tracks) entry.rows.push_back(row_of(part.rows, track));
    mean_parts.push_back(std::move(entry));
  }
  // One window: its own masks answer, with whatever way of rendering they have.
  if (held.size() == 1) {
    return {mean_parts[0].masks, held[0].local, Pairs::of(mean_parts[0].rows)};
  }
  return {mean_masks(std::move(mean_parts)), 0, Pairs::all(1, static_cast<int64_t>(tracks.size()))};
}

const Geometry& Blend::geometry(int64_t frame) const {
  const Part& part = parts(frame).front();
  return part.masks->geometry(part.local);
}

void Blend::drop_before(int64_t frame) {
  while (!frames_.empty() && first_ < frame) {
    frames_.pop_front();
    ++first_;
  }
}

}  // namespace clipwork
