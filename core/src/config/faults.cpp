#include <clipwork/error.h>
#include <clipwork/faults.h>
#include <clipwork/text.h>

#include <algorithm>
#include <tuple>

namespace clipwork {

bool Faults::Fault::operator==(const Fault& other) const {
  return origin.text() == other.origin.text() && problem == other.problem && advice == other.advice;
}

void Faults::add(Origin origin, std::string problem, std::string advice) {
  faults_.push_back({std::move(origin), std::move(problem), std::move(advice)});
}

void Faults::add(const Faults& more) {
  faults_.insert(faults_.end(), more.faults_.begin(), more.faults_.end());
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
  std::string all = cat(faults.size(), " faults");
  for (const Fault& fault : faults) {
    // An advice of several lines stays below its own fault.
    const InputError error(fault.problem, fault.origin.text(), fault.advice);
    all += indented(cat("\n", error.what()), "  ");
  }
  throw InputError(all);
}

}  // namespace clipwork
