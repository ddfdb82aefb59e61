#pragma once
// What tests of data sets share: small annotation files and pictures.

#include <clipwork/data/annotation_file.h>
#include <clipwork/dataset.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>

#include <string>
#include <utility>
#include <vector>

#include "plugins/ppm.h"
#include "support.h"

namespace clipwork::test {

/// JSON with ' for ".
inline std::string json(std::string text) {
  for (char& c : text) {
    if (c == '\'') c = '"';
  }
  return text;
}

/// A file of one 4 x 2 video of two frames, with these annotations.
inline std::string one_video(const std::string& annotations) {
  return json(
      "{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 2, "
      "'file_names': ['dogs/0.jpg', 'dogs/1.jpg']}], "
      "'categories': [{'id': 3, 'name': 'dog'}, {'id': 1, 'name': 'cat'}], "
      "'annotations': " +
      annotations + "}");
}

/// An annotation of that video; `members` replace and extend what it has.
inline std::string annotation(const std::string& segmentations, const std::string& more = "",
                              const std::string& id = "7") {
  return "{'id': " + id +
         ", 'video_id': 1, 'category_id': 3, 'iscrowd': 0, 'areas': [1, 1], 'segmentations': " +
         segmentations + more + "}";
}

/// A mask of that video: one pixel, the first.
inline const char* const kPixel = "{'size': [2, 4], 'counts': [0, 1, 7]}";

/// "where: problem; mended", a line each.
inline std::string text(const std::vector<DatasetFault>& faults) {
  std::string all;
  for (const DatasetFault& fault : faults) all += fault.text() + "\n";
  return all;
}

using Members = std::vector<std::pair<std::string, Value>>;
inline Value table(const Members& members) {
  Value value = Value::table();
  for (const auto& [key, member] : members) value.set(key, member);
  return value;
}
inline std::shared_ptr<Dataset> open(const std::string& name, const Members& members) {
  use_built_plugins();
  Registry::instance().load_search_path();
  return make_component<Dataset>(name, table(members));
}

}  // namespace clipwork::test
