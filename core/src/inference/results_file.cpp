#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/host/results_file.h>
#include <clipwork/output_file.h>

#include <cmath>

#include "data/mask_json.h"

namespace clipwork {
namespace {

void write_masks(JsonWriter& json, const Result& result, int64_t track) {
  json.begin_array("segmentations");
  for (int64_t frame = 0; frame < result.frames; ++frame) {
    const std::optional<MaskRle> mask = result.mask(track, frame);
    if (mask && !mask->empty()) {
      write_mask(json, *mask);
    } else {
      json.null();
    }
  }
  json.end_array();
}

/// A row without a pixel stays: the official code counts it, as a false positive.
void write_picture(JsonWriter& json, const MaskRle& mask) {
  json.key("bbox");
  write_box(json, mask);
  json.key("segmentation");
  write_mask(json, mask);
}

}  // namespace

std::string result_line(int64_t video_id, const Result& result, const ResultRow& row,
                        const ClassesSection& classes, const std::string& note, ResultForm form) {
  if (!std::isfinite(row.score)) {
    throw Error(cat("the score of track ", row.track, " is ", row.score), cat("video ", video_id),
                "the weights or the input contain NaN or infinite values");
  }
  JsonWriter json(JsonWriter::Form::line);
  const bool video = form == ResultForm::video;
  json.begin_object();
  json.member(video ? "video_id" : "image_id", video_id);
  json.member("category_id", classes.id(row.category));
  json.member("score", row.score);
  if (video) {
    write_masks(json, result, row.track);
  } else {
    write_picture(json, result.mask(row.track, 0).value_or(MaskRle::blank(result.size)));
  }
  json.member("track_id", row.track);
  if (!note.empty()) json.member("note", note);
  json.end_object();
  return json.take();
}

struct ResultsFile::Implementation {
  OutputFile file;
  std::string note;
  bool any = false;
};

ResultsFile::ResultsFile(const std::filesystem::path& file, std::string note)
    : implementation_(new Implementation{OutputFile(file), std::move(note)}) {
  implementation_->file.write("[");
}
ResultsFile::~ResultsFile() = default;

void ResultsFile::add(int64_t video_id, const Result& result, const ClassesSection& classes,
                      ResultForm form) {
  for (const ResultRow& row : result.rows) {
    add_line(result_line(video_id, result, row, classes, implementation_->note, form));
  }
}

void ResultsFile::add_line(std::string_view line) {
  implementation_->file.write(implementation_->any ? ",\n" : "\n");
  implementation_->file.write(line);
  implementation_->any = true;
}

void ResultsFile::commit() {
  implementation_->file.write(implementation_->any ? "\n]\n" : "]\n");
  implementation_->file.commit();
}

}  // namespace clipwork
