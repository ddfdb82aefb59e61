#include <clipwork/error.h>
#include <clipwork/faults.h>
#include <clipwork/printable.h>
#include <clipwork/text.h>

#include <algorithm>
#include <span>
#include <tuple>

namespace clipwork {

namespace {

constexpr size_t kMostKept = 1000, kMostListed = 100;
constexpr size_t kLongestText = 10'000;  // bytes

}  // namespace

bool Faults::Fault::operator==(const Fault& other) const {
  return origin.text() == other.origin.text() && problem == other.problem && advice == other.advice;
}

void Faults::add(Origin origin, std::string problem, std::string advice) {
  if (faults_.size() == kMostKept) {
    ++counted_;
    return;
  }
  faults_.push_back(
      {std::move(origin), shortened(problem, kLongestText), shortened(advice, kLongestText)});
}

void Faults::add(const Faults& more) {
  for (const Fault& fault : more.faults_) add(fault.origin, fault.problem, fault.advice);
  counted_ += more.counted_;
}

std::vector<Faults::Fault> Faults::sorted() const {
  std::vector<Fault> faults = faults_;
  std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.origin.file, a.origin.line, a.origin.column) <
           std::tie(b.origin.file, b.origin.line, b.origin.column);
  });
  faults.erase(std::unique(faults.begin(), faults.end()), faults.end());
  return faults;
}

std::string Faults::text() const {
  std::string out;
  for (const Fault& fault : sorted()) {
    out += InputError(fault.problem, fault.origin.text(), fault.advice).what();
    out += '\n';
  }
  return out;
}

void Faults::raise() const {
  std::vector<Fault> faults = sorted();
  if (faults.empty()) return;
  if (faults.size() == 1) {
    throw InputError(faults[0].problem, faults[0].origin.text(), faults[0].advice);
  }
  const size_t count = faults.size() + counted_, listed = std::min(faults.size(), kMostListed);
  std::string all = cat(count, " faults");
  for (const Fault& fault : std::span(faults).first(listed)) {
    // An advice of several lines stays below its own fault.
    const InputError error(fault.problem, fault.origin.text(), fault.advice);
    all += indented(cat("\n", error.what()), "  ");
  }
  if (count > listed) all += cat("\n  and ", count - listed, " more");
  throw InputError(all);
}

}  // namespace clipwork
