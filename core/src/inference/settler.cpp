#include "inference/settler.h"

#include <clipwork/host/component_call.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <iterator>

#include "components/check_returned.h"

namespace clipwork {

Settler::Settler(const Plan& plan, const VideoInfo& video, StageClock& clock)
    : section_(plan.tracks),
      video_(video.name),
      listener_(video.listener),
      clock_(clock),
      blend_(plan.tracks.blend),
      tracks_(plan.tracks, plan.classes.count()) {
  if (plan.run.keep_result) spool_ = std::make_shared<Spool>(plan.memory.masks_mb << 20);
}

namespace {

/// The window with tracks as results number them: from 1, because 0 is the background in pictures
/// of ids. Trackers count from 0.
Tracked numbered(Tracked window) {
  for (Link& link : window.links) {
    if (link.track >= 0) ++link.track;
  }
  for (int64_t& track : window.ended) ++track;
  for (int64_t& track : window.dropped) ++track;
  return window;
}

}  // namespace

void Settler::add(const Tracked& tracked, const WindowSpan& span,
                  const PlannedComponent* masks_of) {
  if (masks_of) renderer_ = cat("masks of ", owner_of(*masks_of->info).text());
  const Tracked window = numbered(tracked);
  tracks_.add_window(window, std::max(span.first, span.settled));
  blend_.add(window, span.end - span.first, span.settled);
  tracks_.drop(window.dropped);
  blend_.drop(window.dropped);
  if (!spool_ && !window.ended.empty()) ended_.emplace_back(span.end, window.ended);
}

std::vector<SettledFrame> Settler::settle(int64_t until) {
  until = std::min(until, blend_.end());
  if (until <= blend_.begin()) return {};
  // While windows follow, every track may still enter the ranking.
  if (section_.keep == 0) return settle_before(until, std::nullopt);
  return settle_before(until, tracks_.best(section_.keep));
}

std::vector<SettledFrame> Settler::finish() {
  hear_scores();
  if (blend_.begin() == blend_.end()) return {};
  return settle_before(blend_.end(), tracks_.ranked_tracks());
}

Result Settler::result(int64_t frames, Size size) const {
  return {frames, size, tracks_.ranking(), tracks_.tracks(), spool_};
}

std::vector<SettledFrame> Settler::settle_before(
    int64_t until, const std::optional<std::vector<int64_t>>& wanted) {
  std::vector<SettledFrame> settled;
  for (int64_t index = blend_.begin(); index < until; ++index) {
    clock_.run("settle", renderer_, cat(video_, video_.empty() ? "" : ", ", "frame ", index),
               [&] { settled.push_back(render(index, wanted)); });
  }
  blend_.drop_before(until);
  keep_ranked(settled);
  forget_ended(until);
  return settled;
}

SettledFrame Settler::render(int64_t index, const std::optional<std::vector<int64_t>>& wanted) {
  const std::vector<int64_t> all = blend_.tracks(index);
  std::vector<int64_t> present = all;
  const Tensor replaced = replaced_masks(index, all);
  if (wanted) {
    std::vector<int64_t> both;
    std::set_intersection(all.begin(), all.end(), wanted->begin(), wanted->end(),
                          std::back_inserter(both));
    present = std::move(both);
  }
  SettledFrame frame;
  frame.index = index;
  frame.size = blend_.geometry(index).output;
  if (present.empty()) return frame;
  const Blend::Mean mean =
      replaced.defined() ? mean_of(replaced, index, all, present) : blend_.mean(index, present);
  Rendered rendered = mean.masks->render(mean.local, mean.pairs, section_.quality);
  check_rendered(rendered, present.size(), frame.size);
  if (section_.quality != Quality::none) tracks_.add_quality(present, rendered.quality);
  for (size_t i = 0; i < present.size(); ++i) {
    if (rendered.masks[i].empty()) continue;
    if (spool_) tracks_.add_mask(present[i], index, spool_->put(rendered.masks[i]));
    frame.masks.push_back({present[i], std::move(rendered.masks[i])});
  }
  return frame;
}

/// For listeners only: they hear the masks of all tracks in a settled frame, [tracks, h, w].
/// Returns the masks that a listener put in their place, or an undefined tensor: masks that were
/// only heard are rendered in their own way.
Tensor Settler::replaced_masks(int64_t index, const std::vector<int64_t>& tracks) const {
  if (tracks.empty()) return {};
  TapScope taps(listener_, {index, -1});
  Tensor made;
  Tensor heard = tap_made(
      [&] {
        const Blend::Mean mean = blend_.mean(index, tracks);
        made = mean.masks->values(mean.local, mean.pairs);
        return made;
      },
      "tracks.masks");
  return heard.defined() && heard.is_same(made) ? Tensor() : heard;
}

/// A listener's `masks` of `tracks`, for those among them that are `present`.
Blend::Mean Settler::mean_of(const Tensor& masks, int64_t index, const std::vector<int64_t>& tracks,
                             const std::vector<int64_t>& present) const {
  std::vector<int64_t> rows;
  for (int64_t track : present) {
    rows.push_back(std::lower_bound(tracks.begin(), tracks.end(), track) - tracks.begin());
  }
  const MaskForm form = blend_.mean(index, present).masks->form();
  return {dense_masks(masks.unsqueeze(0).unsqueeze(2), {blend_.geometry(index)}, form), 0,
          Pairs::of(rows)};
}

/// Leaves the masks of the tracks that are ranked now.
void Settler::keep_ranked(std::vector<SettledFrame>& settled) const {
  const std::vector<ResultRow> rows = tracks_.ranking();
  for (SettledFrame& frame : settled) {
    std::erase_if(frame.masks, [&](const SettledFrame::Mask& mask) {
      return std::none_of(rows.begin(), rows.end(),
                          [&](const ResultRow& row) { return row.track == mask.track; });
    });
    frame.rows = rows;
  }
}

/// Where no masks are kept, tracks whose last frames are settled are forgotten too.
void Settler::forget_ended(int64_t settled) {
  for (; !ended_.empty() && ended_.front().first <= settled; ended_.pop_front()) {
    tracks_.forget_unranked(ended_.front().second);
  }
}

/// For listeners only: the scores of all tracks over the whole video.
void Settler::hear_scores() {
  if (tracks_.tracks().empty()) return;
  TapScope taps(listener_);
  Tensor heard = tap_made([&] { return tracks_.joined_scores(); }, "tracks.class_scores");
  if (heard.defined()) tracks_.replace_scores(heard);
}

}  // namespace clipwork
