#include "data/data_faults.h"

#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/text.h>

#include <algorithm>

namespace clipwork::runs {

std::vector<std::string> report_faults(const std::string& place,
                                       const std::vector<DatasetFault>& faults, bool strict) {
  struct Group {
    const DatasetFault* first;
    int64_t count = 0;
  };
  std::vector<Group> groups;  // one for each file or folder
  for (const DatasetFault& fault : faults) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& one) { return one.first->data == fault.data; });
    if (group == groups.end()) group = groups.insert(group, Group{&fault});
    group->count += fault.count;
  }
  std::vector<std::string> sentences;
  for (const Group& group : groups) {
    sentences.push_back(cat(place, " has ", counted(group.count, "fault"), " (",
                            group.count == 1 ? "" : "the first: ", group.first->text(), ")",
                            group.first->data.empty()
                                ? std::string()
                                : cat("; see `clipwork dataset check ", group.first->data, "`")));
  }
  if (strict && !sentences.empty()) {
    throw InputError(cat("with --strict, faults of the data are errors: ", join(sentences, "; ")));
  }
  for (const std::string& sentence : sentences) log_warn(sentence);
  return sentences;
}

}  // namespace clipwork::runs
