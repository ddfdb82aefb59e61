#include <clipwork/error.h>
#include <clipwork/suggestion.h>

#include <algorithm>
#include <numeric>

#include "base/synonyms.h"

namespace clipwork {

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
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
  size_t best_difference = 0;
  for (const std::string& candidate : candidates) {
    const size_t longer = std::max(word.size(), candidate.size());
    // A candidate that the word abbreviates, or that continues it, is near however long it is.
    bool extends = (word.size() >= 2 && candidate.starts_with(word)) ||
                   (word.size() >= 3 && word.starts_with(candidate));
    // The distance is at least the difference of the lengths.
    const size_t difference = longer - std::min(word.size(), candidate.size());
    if (!extends && difference > best_distance) continue;
    size_t distance = extends ? 1 : edit_distance(word, candidate);
    bool shares_a_letter = distance < longer;
    // Letters are swapped or mistaken more often than left out.
    const bool nearer = distance < best_distance ||
                        (best && distance == best_distance && difference < best_difference);
    if (nearer && shares_a_letter) {
      best = &candidate;
      best_distance = distance;
      best_difference = difference;
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
