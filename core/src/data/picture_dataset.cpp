#include <clipwork/data/data_paths.h>
#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <clipwork/host/digest.h>
#include <clipwork/make_component.h>
#include <clipwork/read_file.h>
#include <clipwork/text.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "config/toml_reader.h"
#include "data/picture_names.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

/// Throws InputError, with the first fault, where a file has videos or annotations and faults leave
/// none of them.
void check_not_emptied(const OpenedAnnotations& opened, const std::string& annotations) {
  const AnnotationFile& file = opened.file;
  const bool no_tracks = opened.listed > 0 && file.annotations.empty();
  if (opened.faults.empty() || !(file.videos.empty() || no_tracks)) return;
  throw InputError(
      cat("none of its ", file.videos.empty() ? "videos" : cat(opened.listed, " annotations"),
          " can be used, because of ", counted(static_cast<int64_t>(opened.faults.size()), "fault"),
          " (the first: ", opened.faults.front().text(), ")"),
      annotations, cat("see `clipwork dataset check ", opened.faults.front().data, "`"));
}

}  // namespace

std::string Split::hash_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + '\n';
  return sha256(text);
}

Split Split::read(const std::string& file) {
  Faults faults;
  const std::optional<Value> table = parse_toml(read_file(file), file, faults);
  faults.raise();
  struct Parameters {
    std::string name, hash, dataset;
    std::vector<std::string> videos;
    void describe(Describer& d) {
      d("name", name, "name of the split").required();
      d("dataset", dataset, "title of the annotation file");
      d("videos", videos, "names of the videos").required();
      d("hash", hash, "SHA-256 of the names").required();
    }
  };
  const auto read = read_parameters<Parameters>(&*table, "", faults);
  faults.raise();
  Split split{read.name, read.videos, read.hash};
  std::sort(split.videos.begin(), split.videos.end());
  if (split.hash != hash_of(split.videos)) {
    throw InputError("the hash does not match the names: the list was changed", file,
                     "create a new split with `clipwork dataset split`");
  }
  return split;
}

VideoTracks PictureDataset::tracks(int64_t index) const {
  return tracks_.at(static_cast<size_t>(index));
}

Tensor PictureDataset::read_picture(const std::string& file) const {
  // Made when the first picture is read: annotations can be used without a plugin for pictures.
  std::call_once(reader_made_,
                 [&] { reader_ = make_component<PictureReader>("pictures", Value::table()); });
  return reader_->read(file);
}

Frame PictureDataset::frame(int64_t index, int64_t t) const {
  const VideoEntry& video = videos_.at(static_cast<size_t>(index));
  const std::string where = cat("video ", video.id, " (", video.name, "), frame ", t);
  if (t < 0 || t >= static_cast<int64_t>(video.files.size())) {
    throw InputError(cat("the video has only ", video.files.size(), " pictures"), where);
  }
  const std::string& file = video.files[static_cast<size_t>(t)];
  try {
    if (!images_.empty()) check_link(images_, file);
    Frame frame{read_picture(file), t, static_cast<double>(t), file};
    const Size size{frame.pixels.size(1), frame.pixels.size(2)};
    if (size != video.size) {
      throw InputError(cat("the picture is ", size.width, "x", size.height, ", the video ",
                           video.size.width, "x", video.size.height),
                       file);
    }
    return frame;
  } catch (InputError& error) {
    error.within(where);
    throw;
  }
}

void AnnotationPlace::describe(Describer& d) {
  d.file("path", path,
         "the folder of the data set, in a layout that `clipwork dataset info` shows");
  d.file("annotations", annotations,
         "the annotation file, if it is elsewhere: train.json, instances.json, ...");
  d.file("images", images,
         "the folder with the picture files; by default the known layouts beside the annotation "
         "file are tried");
  d.file("split", split,
         "with `path`, the name of a split: train, valid, val2017, ...; or a file written by "
         "`clipwork dataset split`, which selects its videos (with `path`, from train)");
}

std::string AnnotationPlace::part() const {
  // A folder of that name beside the config may have made a path of it.
  return split.ends_with(".toml") ? "train" : fs::path(split).filename().string();
}

std::string AnnotationPlace::split_file() const {
  return split.ends_with(".toml") ? split : std::string();
}

void AnnotationPlace::check() const {
  if (path.empty() && annotations.empty()) {
    throw InputError("the data set needs a path", {},
                     "give `path`, its folder, and `split`; or `annotations`, a file");
  }
  if (!annotations.empty() && !split.empty() && split_file().empty()) {
    throw InputError(cat("the split '", split, "' is not a file"), annotations,
                     "with `annotations`, a split must be a file written by `clipwork dataset "
                     "split`; with `path`, it may also be a name: train, valid, ...");
  }
}

std::string AnnotationPlace::annotation_file() const {
  check();
  if (!annotations.empty()) return find_data(annotations);
  try {
    return search();
  } catch (const InputError& error) {
    std::string wanted;
    for (const fs::path& file : known_annotations(path, part())) {
      wanted += cat("\n  ", file.string());
    }
    throw InputError(
        error.problem(), error.where(),
        cat(error.advice(), error.advice().empty() ? "" : "; ",
            "expected one of these, with its pictures beside it as `clipwork dataset info` shows:",
            wanted));
  }
}

std::string AnnotationPlace::search() const {
  const std::string root = find_data(path);
  std::error_code failed;
  if (!fs::is_directory(root, failed)) {
    throw InputError("is a file, not the folder of a data set", root,
                     "use `annotations` for a file");
  }
  for (const fs::path& file : known_annotations(root, part())) {
    if (fs::is_regular_file(file, failed)) return file.string();
  }
  throw InputError(part().empty() ? std::string("has no annotation file")
                                  : cat("has no annotation file for the split '", part(), "'"),
                   root);
}

std::vector<fs::path> known_annotations(const fs::path& folder, const std::string& part) {
  if (part.empty()) {
    return {folder / "instances.json", folder / "annotations.json",
            folder / "annotations" / "instances.json"};
  }
  std::vector<std::string> names = {part};
  if (part == "val") names.push_back("valid");
  if (part == "valid") names.push_back("val");
  std::vector<fs::path> files;
  for (const std::string& name : names) {
    files.push_back(folder / (name + ".json"));
    files.push_back(folder / name / "instances.json");
    files.push_back(folder / ("annotations_" + name + ".json"));
    files.push_back(folder / ("instances_" + name + ".json"));
    files.push_back(folder / "annotations" / (name + ".json"));
    files.push_back(folder / "annotations" / ("instances_" + name + ".json"));
    files.push_back(folder / "annotations" / ("instances_" + name + "_sub.json"));
  }
  return files;
}

void PictureDataset::open(const AnnotationPlace& place, AnnotationForm form) {
  const std::string annotations = place.annotation_file();
  const std::string given = place.images.empty() ? std::string() : find_data(place.images);
  OpenedAnnotations opened = open_annotations(annotations, form, given);
  check_not_emptied(opened, annotations);
  const std::string images = given.empty() ? probe_images(annotations, opened.file) : given;
  take(std::move(opened), images);
  keep(place.split_file());
}

void PictureDataset::take(OpenedAnnotations opened, const std::string& images) {
  AnnotationFile& file = opened.file;
  images_ = images;
  faults_ = std::move(opened.faults);
  annotated_ = file.annotated;
  std::map<int64_t, int64_t> categories;  // indices by id
  for (AnnotationFile::Category& one : file.categories) {
    categories.emplace(*one.id, static_cast<int64_t>(categories_.size()));
    categories_.push_back({*one.id, std::move(one.name)});
  }
  std::map<int64_t, size_t> places;  // of videos, by id
  for (AnnotationFile::Video& video : file.videos) {
    places.emplace(*video.id, videos_.size());
    VideoEntry entry{*video.id, std::move(video.name), video.size, *video.length, {}};
    for (const std::string& name : video.files) {
      entry.files.push_back((fs::path(images) / name).lexically_normal().string());
    }
    videos_.push_back(std::move(entry));
  }
  std::vector<std::vector<AnnotatedTrack>> tracks(videos_.size());
  for (AnnotationFile::Annotation& one : file.annotations) {
    AnnotatedTrack track{*one.id,
                         categories.at(*one.category),
                         one.crowd.value_or(false),
                         std::move(one.masks),
                         std::move(one.occlusion),
                         {}};
    if (one.areas) track.areas = std::move(*one.areas);
    tracks[places.at(*one.video)].push_back(std::move(track));
  }
  for (std::vector<AnnotatedTrack>& of_video : tracks) {
    std::sort(of_video.begin(), of_video.end(),
              [](const AnnotatedTrack& a, const AnnotatedTrack& b) { return a.id < b.id; });
    tracks_.emplace_back(std::move(of_video));
  }
}

void PictureDataset::keep(const std::string& file) {
  if (file.empty()) return;
  const Split split = Split::read(find_data(file));
  for (const std::string& name : split.videos) {
    const bool found = std::any_of(videos_.begin(), videos_.end(),
                                   [&](const VideoEntry& video) { return video.name == name; });
    if (!found) {
      throw InputError(cat("the split '", split.name, "' contains the video '", name,
                           "', which is not in the data set"),
                       file);
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < videos_.size(); ++i) {
    if (!std::binary_search(split.videos.begin(), split.videos.end(), videos_[i].name)) continue;
    if (kept != i) {
      videos_[kept] = std::move(videos_[i]);
      tracks_[kept] = std::move(tracks_[i]);
    }
    ++kept;
  }
  videos_.resize(kept);
  tracks_.resize(kept);
}

std::string probe_images(const std::string& annotations, const AnnotationFile& file) {
  const std::vector<fs::path> folders = image_folders(annotations);
  std::error_code failed;
  for (const fs::path& folder : folders) {
    // A few pictures may be missing, but hardly the first of each of many videos.
    size_t tried = 0;
    for (const AnnotationFile::Video& video : file.videos) {
      if (video.files.empty()) continue;
      if (fs::exists(folder / video.files.front(), failed)) return folder.string();
      if (++tried == 100) break;
    }
  }
  std::string tried;
  for (const fs::path& folder : folders) tried += cat("\n  ", folder.string());
  throw InputError("the folder with its pictures was not found", annotations,
                   cat("set `images`; looked in", tried));
}

}  // namespace clipwork
