#include <clipwork/error.h>
#include <clipwork/suggestion.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/synonyms.h"

namespace clipwork {

namespace {

/// The least number of letters that are inserted, deleted or replaced, and of neighbours that are
/// swapped, between one word and the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before, above, row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

/// The candidate that other projects call `word`, or null.
const std::string* synonym_of(std::string_view word, const std::vector<std::string>& candidates) {
  for (const std::string& ours : our_names(word)) {
    const std::string name = ours.substr(ours.find_last_of(".-") + 1);
    const auto found = std::find(candidates.begin(), candidates.end(), name);
    if (found != candidates.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (const std::string* known = synonym_of(word, candidates)) return *known;
  const std::string* best = nullptr;
  // At least one letter of a word must be right.
  size_t best_distance = std::min(std::max<size_t>(2, word.size() / 3) + 1, word.size());
  for (const std::string& candidate : candidates) {
    const size_t longer = std::max(word.size(), candidate.size());
    // A candidate that the word abbreviates, or that continues it, is near however long it is.
    bool extends = (word.size() >= 2 && candidate.starts_with(word)) ||
                   (word.size() >= 3 && word.starts_with(candidate));
    // The distance is at least the difference of the lengths.
    if (!extends && longer - std::min(word.size(), candidate.size()) >= best_distance) continue;
    size_t distance = extends ? 1 : edit_distance(word, candidate);
    bool shares_a_letter = distance < longer;
    if (distance < best_distance && shares_a_letter) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best ? *best : std::string();
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         const std::string& otherwise, std::string_view front) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? otherwise : cat("did you mean '", front, near, "'?");
}

std::string did_you_mean_or(std::string_view word, const std::vector<std::string>& candidates,
                            const std::string& rest) {
  const std::string near = did_you_mean(word, candidates);
  return near.empty() ? rest : cat(near, " ", rest);
}

}  // namespace clipwork
