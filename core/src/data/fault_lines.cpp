#include <clipwork/data/fault_lines.h>
#include <clipwork/error.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace clipwork {
namespace {

constexpr size_t kMostLines = 100;

/// Reads a text without its numbers and what is quoted.
class Outline {
 public:
  explicit Outline(std::string_view text) : text_(text) {}
  /// The next character; '0' for a number, a quote for all that is quoted, '\0' at the end.
  char next() {
    if (at_ == text_.size()) return '\0';
    const char c = text_[at_++];
    if (is_of_number(c)) {
      while (at_ < text_.size() && is_of_number(text_[at_])) ++at_;
      return '0';
    }
    if (c == '\'' && !is_apostrophe()) at_ = std::min(text_.find(c, at_), text_.size() - 1) + 1;
    return c;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
  /// Hyphens are taken for numbers, too.
  static bool is_of_number(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '+' || c == '.';
  }
  /// Whether the quote that was just read is inside of a word.
  bool is_apostrophe() const {
    return at_ >= 2 && std::isalnum(static_cast<unsigned char>(text_[at_ - 2]));
  }
};

std::string outline_of(std::string_view text) {
  std::string all;
  for (Outline outline(text); const char c = outline.next();) all += c;
  return all;
}

std::string line_of(const DatasetFault& fault) {
  return cat(fault.where, ": ", fault.problem, fault.mended.empty() ? "" : "; ", fault.mended);
}

/// What a fault is about, by the last part of its place: "video 1, annotation 7, frame 3" is a
/// mask.
const char* things_of(std::string_view where) {
  static constexpr std::pair<std::string_view, const char*> kThings[] = {
      {"annotation", "annotations"}, {"an annotation", "annotations"},
      {"video", "videos"},           {"a video", "videos"},
      {"image", "images"},           {"category", "categories"},
      {"a category", "categories"},  {"frame ", "frames"},
  };
  if (where.starts_with("result ")) {
    return where.find(", segmentations[") == where.npos ? "results" : "masks";
  }
  const auto begin_of_part = [&](size_t end) {
    const size_t comma = where.substr(0, end).rfind(", ");
    return comma == where.npos ? 0 : comma + 2;
  };
  const size_t last = begin_of_part(where.size());
  if (where.substr(last).starts_with("frame ") && last > 2) {
    const std::string_view owner = where.substr(begin_of_part(last - 2));
    if (owner.starts_with("annotation") || owner.starts_with("an annotation")) return "masks";
  }
  for (const auto& [begin, things] : kThings) {
    if (where.substr(last).starts_with(begin)) return things;
  }
  return "faults";
}

struct Group {
  const DatasetFault* first;
  int64_t count = 0;
};

}  // namespace

int64_t count_of(const std::vector<DatasetFault>& faults) {
  int64_t count = 0;
  for (const DatasetFault& fault : faults) count += fault.count;
  return count;
}

bool are_alike(std::string_view a, std::string_view b) {
  Outline of_a(a), of_b(b);
  while (true) {
    const char c = of_a.next();
    if (c != of_b.next()) return false;
    if (c == '\0') return true;
  }
}

std::vector<std::string> fault_lines(const std::vector<DatasetFault>& faults) {
  std::map<std::string, Group> groups;
  std::vector<Group*> of_fault;
  for (const DatasetFault& fault : faults) {
    Group& group =
        groups
            .try_emplace(
                outline_of(cat(things_of(fault.where), "\n", fault.problem, "\n", fault.mended)),
                Group{&fault})
            .first->second;
    group.count += fault.count;
    of_fault.push_back(&group);
  }
  std::vector<std::string> lines;
  int64_t shown = 0;
  for (size_t i = 0; i < faults.size() && lines.size() < kMostLines; ++i) {
    const DatasetFault& fault = faults[i];
    const Group& group = *of_fault[i];
    if (group.count <= kMostListedFaults && fault.count == 1) {
      lines.push_back(line_of(fault));
      shown += 1;
    } else if (group.first == &fault) {
      lines.push_back(cat(group.count, " ", things_of(fault.where), ": ", fault.problem,
                          fault.mended.empty() ? "" : "; ", fault.mended,
                          "; the first: ", fault.where));
      shown += group.count;
    }
  }
  if (const int64_t rest = count_of(faults) - shown; rest > 0) {
    lines.push_back(cat("and ", rest, " other faults"));
  }
  return lines;
}

}  // namespace clipwork
