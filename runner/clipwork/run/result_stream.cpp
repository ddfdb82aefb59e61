#include "run/result_stream.h"

#include <clipwork/error.h>
#include <clipwork/host/json.h>

#include <iostream>

namespace clipwork::runs {

ResultStream::ResultStream(const std::string& file, const ClassesSection& classes)
    : classes_(classes), name_(file), out_(&std::cout) {
  if (file == "-") return;
  file_.open(file, std::ios::binary);
  if (!file_) throw Error("cannot be written", file);
  out_ = &file_;
}

void ResultStream::add(int64_t frame, double seconds, Size size, const std::vector<ResultRow>& rows,
                       const MaskOf& mask_of) {
  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  json.member("frame", frame);
  json.member("seconds", seconds);
  json.member("height", size.height);
  json.member("width", size.width);
  json.begin_array("tracks");
  for (const ResultRow& row : best_row_per_track(rows)) {
    const std::optional<MaskRle> mask = mask_of(row.track);
    if (!mask || mask->empty()) continue;
    const Box box = mask->box();
    json.begin_object();
    json.member("track_id", row.track);
    json.member("category_id", classes_.id(row.category));
    json.member("category", classes_.names.at(static_cast<size_t>(row.category)));
    json.member("score", row.score);
    json.member("bbox", std::vector<int64_t>{box.x, box.y, box.width, box.height});
    json.begin_object("segmentation");
    json.member("size", std::vector<int64_t>{mask->size.height, mask->size.width});
    json.member("counts", mask->compressed());
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  // A reader waits for this line, not for the end of the run.
  *out_ << json.take() << std::endl;
  if (!*out_) throw Error("cannot be written", name_ == "-" ? "standard output" : name_);
}

}  // namespace clipwork::runs
