// CVAT's XML: tracks of a video, or images with shapes.

#include <clipwork/data/data_paths.h>
#include <clipwork/data/picture_files.h>
#include <clipwork/error.h>
#include <clipwork/host/label_files.h>
#include <clipwork/output_file.h>
#include <clipwork/size_limits.h>
#include <clipwork/text.h>

#include <algorithm>
#include <map>
#include <pugixml.hpp>
#include <string_view>

#include "data/json_fields.h"
#include "data/labels/label_collector.h"
#include "data/labels/label_kinds.h"
#include "data/labels/label_output.h"
#include "data/labels/label_pictures.h"
#include "data/labels/label_shapes.h"
#include "masks/row_runs.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostXml = uint64_t{256} << 20;
constexpr int64_t kLongestVideo = 20'000;

double real_attribute(const pugi::xml_node& node, const char* name) {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) throw InputError(cat("has no attribute '", name, "'"));
  const std::optional<double> number = parse_real(attribute.value());
  if (!number) {
    throw InputError(cat("expected a number as ", name, ", found '", attribute.value(), "'"));
  }
  return *number;
}

int64_t integer_attribute(const pugi::xml_node& node, const char* name) {
  const pugi::xml_attribute attribute = node.attribute(name);
  if (!attribute) throw InputError(cat("has no attribute '", name, "'"));
  const std::optional<int64_t> number = parse_integer(attribute.value());
  if (!number) {
    throw InputError(cat("expected an integer as ", name, ", found '", attribute.value(), "'"));
  }
  return *number;
}

/// The number in an element; nothing where it is missing. Throws InputError for other text.
std::optional<int64_t> integer_child(const pugi::xml_node& node, const char* name) {
  const pugi::xml_node child = node.child(name);
  if (!child || child.text().empty()) return {};
  const std::optional<int64_t> number = parse_integer(child.text().get());
  if (!number) {
    throw InputError(cat("expected an integer in <", name, ">, found '", child.text().get(), "'"));
  }
  return number;
}

Polygon polygon_attribute(const pugi::xml_node& node) {
  Polygon polygon;
  for (const std::string_view point : split_text(node.attribute("points").value(), ';')) {
    const std::vector<std::string_view> pair = split_text(point, ',');
    if (pair.size() != 2) {
      throw InputError(cat("expected points as \"x,y;x,y;...\", found '", point, "'"));
    }
    for (const std::string_view text : pair) {
      const std::optional<double> number = parse_real(text);
      if (!number) throw InputError(cat("expected a number in points, found '", text, "'"));
      polygon.push_back(*number);
    }
  }
  return polygon;
}

/// The shape as a polygon. Empty for masks, and for shapes without an area.
Polygon polygon_of(const pugi::xml_node& node) {
  const std::string_view type = node.name();
  const double turn = node.attribute("rotation") ? real_attribute(node, "rotation") : 0;
  if (type == "polygon") return polygon_attribute(node);
  if (type == "box") {
    const double x0 = real_attribute(node, "xtl"), y0 = real_attribute(node, "ytl");
    const double x1 = real_attribute(node, "xbr"), y1 = real_attribute(node, "ybr");
    return turned(rectangle(x0, y0, x1, y1), turn, (x0 + x1) / 2, (y0 + y1) / 2);
  }
  if (type == "ellipse") {
    const double x = real_attribute(node, "cx"), y = real_attribute(node, "cy");
    return turned(ellipse(x, y, real_attribute(node, "rx"), real_attribute(node, "ry")), turn, x,
                  y);
  }
  return {};
}

bool has_area(const pugi::xml_node& node) {
  const std::string_view type = node.name();
  return type == "polygon" || type == "box" || type == "ellipse" || type == "mask";
}

/// What the head of a file says of a video.
struct Task {
  std::string name;
  std::optional<int64_t> frames;
  int64_t start = 0, step = 1;
  Size size;
};

Task read_task(const pugi::xml_node& node) {
  Task task;
  task.name = node.child("name").text().get();
  task.frames = integer_child(node, "size");
  task.start = integer_child(node, "start_frame").value_or(0);
  const std::string_view filter = node.child("frame_filter").text().get();
  if (filter.starts_with("step=")) {
    task.step = parse_integer(filter.substr(5)).value_or(0);
    if (task.step < 1)
      throw InputError(cat("expected step=N in <frame_filter>, found '", filter, "'"));
  }
  const pugi::xml_node size = node.child("original_size");
  task.size = {integer_child(size, "height").value_or(0), integer_child(size, "width").value_or(0)};
  return task;
}

class Cvat {
 public:
  explicit Cvat(const LabelSource& source)
      : source_(source),
        path_(whole_path(source.path)),
        root_(source.images.empty() ? path_.parent_path() : whole_path(source.images)),
        collector_(source, root_.string()) {}

  LabelledData read() {
    for (const fs::path& file : label_files_of(path_, ".xml", is_cvat)) read_file(file);
    collector_.classes(labels_);
    return collector_.done("contains no .xml file of CVAT");
  }

 private:
  const LabelSource& source_;
  const fs::path path_, root_;
  LabelCollector collector_;
  std::vector<std::string> labels_;  ///< of all files, in their order
  bool told_names_ = false;

  void read_file(const fs::path& file) {
    try {
      std::string bytes = read_label_file(file, kMostXml);
      pugi::xml_document document;
      const pugi::xml_parse_result result =
          document.load_buffer_inplace(bytes.data(), bytes.size());
      if (!result) {
        std::string problem = result.description();
        throw InputError(cat("is not valid XML at byte ", result.offset + 1, ": ", problem));
      }
      read_annotations(document, file);
    } catch (InputError& error) {
      if (error.where().find(file.string()) == std::string::npos) error.within(file.string());
      collector_.fault(error.where(), error.problem(), "the file is left out");
    }
  }

  void read_annotations(const pugi::xml_document& document, const fs::path& file) {
    const pugi::xml_node root = document.child("annotations");
    if (!root) {
      throw InputError(cat("expected the element <annotations>, found <",
                           document.document_element().name(), ">"));
    }
    const std::string version = root.child("version").text().get();
    if (!version.starts_with("1.")) {
      throw InputError(cat("expected CVAT's format 1.1, found version '", version, "'"));
    }
    const pugi::xml_node meta = root.child("meta");
    for (const char* kind : {"task", "job", "project"}) {
      for (const pugi::xml_node& label : meta.child(kind).child("labels").children("label")) {
        const std::string name = label.child("name").text().get();
        if (std::find(labels_.begin(), labels_.end(), name) == labels_.end()) {
          labels_.push_back(name);
        }
      }
    }
    if (root.child("image")) {
      read_images(root, file);
    } else {
      read_videos(root, meta, file);
    }
  }

  /// Run lengths along the rows of a crop, background first.
  MaskRle crop_of(const pugi::xml_node& node, Size size) {
    const Box crop{integer_attribute(node, "left"), integer_attribute(node, "top"),
                   integer_attribute(node, "width"), integer_attribute(node, "height")};
    std::vector<int64_t> counts;
    for (const std::string_view text : split_text(node.attribute("rle").value(), ',')) {
      const std::optional<int64_t> count = parse_integer(text);
      if (!count) throw InputError(cat("expected integers in rle, found '", text, "'"));
      counts.push_back(*count);
    }
    check_crop(crop, size);
    collector_.cross(2 * crop.width, counts.size());
    MaskRle mask = mask_of_row_counts(counts, crop, size);
    collector_.count(mask);
    if (mask.empty()) throw InputError("the mask has no pixel");
    return mask;
  }

  // --- videos ---

  void read_videos(const pugi::xml_node& root, const pugi::xml_node& meta, const fs::path& file) {
    const pugi::xml_node project = meta.child("project");
    if (project) {
      std::map<std::string, Task> tasks;  // by id
      for (const pugi::xml_node& node : project.child("tasks").children("task")) {
        tasks.emplace(node.child("id").text().get(), read_task(node));
      }
      for (auto& [id, task] : tasks) read_video(root, task, id, file);
      return;
    }
    Task task = read_task(meta.child("task") ? meta.child("task") : meta.child("job"));
    read_video(root, task, "", file);
  }

  /// The name of the file, unless that is CVAT's own: then that of the task, or of the folder.
  std::string video_name(const Task& task, bool of_project, const fs::path& file) const {
    const bool named = file.stem() != "annotations";
    const bool usable = !task.name.empty() && is_inside(task.name);
    if (usable && (of_project || !named)) return task.name;
    const fs::path base = fs::is_directory(path_) ? path_ : path_.parent_path();
    if (named) return fs::path(name_in(base, file)).replace_extension().generic_string();
    return file.parent_path().filename().string();
  }

  /// The shape of a track in a frame.
  struct Key {
    pugi::xml_node node;
    bool outside = false;
  };

  void read_video(const pugi::xml_node& root, Task& task, const std::string& task_id,
                  const fs::path& file) {
    std::vector<pugi::xml_node> tracks;
    for (const pugi::xml_node& track : root.children("track")) {
      if (task_id.empty() || track.attribute("task_id").value() == task_id) tracks.push_back(track);
    }
    LabelledVideo video;
    video.linked = true;
    video.name = video_name(task, !task_id.empty(), file);
    std::vector<fs::path> pictures = pictures_of(video.name, file);
    if (!task.frames) task.frames = last_frame(tracks, task) + 1;
    if (*task.frames < 1 || *task.frames > kLongestVideo) {
      throw InputError(cat("the video '", video.name, "' has ", *task.frames,
                           " frames, expected 1 to ", kLongestVideo));
    }
    if (!pictures.empty() && pictures.size() != static_cast<size_t>(*task.frames)) {
      collector_.fault(cat("video '", video.name, "'"),
                       cat("it has ", *task.frames, " frames, its folder ", pictures.size(),
                           " pictures (", pictures.front().parent_path().string(), ")"),
                       "the pictures are not used");
      pictures.clear();
    }
    name_frames(task, pictures, video);
    if (!is_readable(task.size)) {
      if (pictures.empty()) {
        throw InputError(cat("the video '", video.name, "' has no <original_size>"), {},
                         "give the folder of its pictures: --images");
      }
      task.size = size_of_picture(pictures.front());
    }
    for (LabelledFrame& frame : video.frames) frame.size = task.size;

    std::map<std::pair<std::string, std::string>, int64_t> groups;  // tracks by label and group
    int64_t index = 0;
    for (const pugi::xml_node& track : tracks) {
      const std::string id = track.attribute("id").value();
      const std::string label = track.attribute("label").value();
      // CVAT counts from 0.
      int64_t number = parse_integer(id).value_or(index) + 1;
      ++index;
      const std::string group = track.attribute("group_id").value();
      if (!group.empty() && group != "0") {
        number = groups.emplace(std::pair(label, group), number).first->second;
      }
      read_track(track, cat(file.string(), ", track ", id, " ('", label, "')"), task,
                 {label, number, {}}, video);
    }
    collector_.add(std::move(video));
  }

  static int64_t last_frame(const std::vector<pugi::xml_node>& tracks, const Task& task) {
    int64_t last = -1;
    for (const pugi::xml_node& track : tracks) {
      for (const pugi::xml_node& node : track.children()) {
        const auto frame = parse_integer(node.attribute("frame").value());
        if (frame && *frame >= task.start) last = std::max(last, (*frame - task.start) / task.step);
      }
    }
    return last;
  }

  /// The folder that CVAT exports beside the file, or that of the option.
  std::vector<fs::path> pictures_of(const std::string& video, const fs::path& file) const {
    std::vector<fs::path> folders;
    if (!source_.images.empty()) {
      folders = {root_ / video, root_};
    } else {
      folders = {file.parent_path() / "images", file.parent_path() / video,
                 file.parent_path() / file.stem()};
    }
    for (const fs::path& folder : folders) {
      std::vector<fs::path> pictures = pictures_in(folder.lexically_normal());
      if (!pictures.empty()) return pictures;
    }
    return {};
  }

  void name_frames(const Task& task, const std::vector<fs::path>& pictures, LabelledVideo& video) {
    for (int64_t t = 0; t < *task.frames; ++t) {
      LabelledFrame& frame = video.frames.emplace_back();
      frame.file = pictures.empty()
                       ? cat(video.name, "/frame_", padded(task.start + t * task.step, 6), ".jpg")
                       : name_in(root_, pictures[static_cast<size_t>(t)]);
    }
    if (!pictures.empty() || told_names_) return;
    told_names_ = true;
    collector_.remark(
        cat("the file does not name pictures: they are called ", video.frames[0].file,
            ", ...; `ffmpeg -i VIDEO -start_number 0 frame_%06d.jpg` makes them from a video, or "
            "give their folder: --images"));
  }

  void read_track(const pugi::xml_node& track, const std::string& where, const Task& task,
                  const LabelledObject& object, LabelledVideo& video) {
    std::map<int64_t, Key> keys;
    for (const pugi::xml_node& node : track.children()) {
      if (node.type() != pugi::node_element) continue;
      try {
        if (!has_area(node)) {
          collector_.leave_out(cat("<", node.name(), "> shape"), "it has no area");
          continue;
        }
        const int64_t frame = integer_attribute(node, "frame"), from_start = frame - task.start;
        if (from_start < 0 || from_start % task.step != 0 ||
            from_start / task.step >= *task.frames) {
          throw InputError(
              cat("there is no frame ", frame, " in a video of ", *task.frames, " frames"));
        }
        const bool outside = std::string_view(node.attribute("outside").value()) == "1";
        if (!keys.emplace(from_start / task.step, Key{node, outside}).second) {
          throw InputError(cat("there is another shape in frame ", frame));
        }
      } catch (const InputError& error) {
        collector_.fault(where, error.problem(), "the shape is left out");
      }
    }
    for (auto key = keys.begin(); key != keys.end(); ++key) {
      const auto next = std::next(key);
      if (key->second.outside) continue;
      const int64_t end = next == keys.end() ? key->first + 1 : next->first;
      add_shapes(key->second.node, next == keys.end() ? pugi::xml_node() : next->second.node,
                 key->first, end, where, object, video);
    }
  }

  /// A shape in its frame and those before the next shape. CVAT exports every frame; where one is
  /// missing, shapes are interpolated if they have as many corners, else the shape stays.
  void add_shapes(const pugi::xml_node& node, const pugi::xml_node& next, int64_t begin,
                  int64_t end, const std::string& where, const LabelledObject& object,
                  LabelledVideo& video) {
    try {
      const std::string_view type = node.name();
      const Polygon from = polygon_of(node);
      Polygon to;
      if (end > begin + 1) {
        collector_.fill(end - begin - 1);
        if (type == next.name()) to = polygon_of(next);
        const bool moves = !from.empty() && from.size() == to.size();
        if (!moves) to = from;
        collector_.fault(where,
                         cat("no shapes between frames ", begin, " and ", end, " of the video"),
                         moves ? "they are interpolated" : "the shape stays as it is");
      }
      for (int64_t t = begin; t < end; ++t) {
        LabelledFrame& frame = video.frames[static_cast<size_t>(t)];
        LabelledObject copy = object;
        if (type == "mask") {
          copy.mask = crop_of(node, frame.size);
        } else {
          const double share = static_cast<double>(t - begin) / static_cast<double>(end - begin);
          copy.mask = collector_.draw(t == begin ? from : between(from, to, share), frame.size);
        }
        frame.objects.push_back(std::move(copy));
      }
    } catch (const InputError& error) {
      collector_.fault(cat(where, ", frame ", begin), error.problem(),
                       "the object is absent from this frame");
    }
  }

  // --- images ---

  void read_images(const pugi::xml_node& root, const fs::path& file) {
    std::map<std::string, LabelledVideo> videos;  // by folder of pictures
    std::error_code failed;
    const fs::path beside = file.parent_path() / "images";
    const fs::path pictures = !source_.images.empty()            ? root_
                              : fs::is_directory(beside, failed) ? beside
                                                                 : file.parent_path();
    for (const pugi::xml_node& image : root.children("image")) {
      const std::string name = image.attribute("name").value();
      const std::string where = cat(file.string(), ", image '", name, "'");
      try {
        if (!is_inside(name)) throw InputError("the name leads out of the folder of pictures");
        const fs::path subset = pictures / image.attribute("subset").value();
        const fs::path picture =
            fs::exists(subset / name, failed) ? subset / name : pictures / name;
        LabelledFrame frame;
        frame.file = name_in(root_, picture.lexically_normal());
        frame.size = {integer_attribute(image, "height"), integer_attribute(image, "width")};
        if (!is_readable(frame.size)) {
          throw InputError(cat("it claims to be ", frame.size.width, " x ", frame.size.height));
        }
        read_image(image, where, frame);
        const std::string folder = fs::path(frame.file).parent_path().generic_string();
        videos[folder].name = folder;
        videos[folder].frames.push_back(std::move(frame));
      } catch (const InputError& error) {
        collector_.fault(where, error.problem(), "the image is left out");
      }
    }
    for (auto& [folder, video] : videos) {
      std::sort(video.frames.begin(), video.frames.end(),
                [](const auto& a, const auto& b) { return natural_less(a.file, b.file); });
      collector_.add(std::move(video));
    }
  }

  void read_image(const pugi::xml_node& image, const std::string& where, LabelledFrame& frame) {
    std::map<std::pair<std::string, std::string>, size_t> groups;  // objects by label and group
    for (const pugi::xml_node& node : image.children()) {
      if (node.type() != pugi::node_element) continue;
      if (!has_area(node)) {
        collector_.leave_out(cat("<", node.name(), "> shape"), "it has no area");
        continue;
      }
      try {
        LabelledObject object{node.attribute("label").value(), {}, {}};
        for (const pugi::xml_node& attribute : node.children("attribute")) {
          if (std::string_view(attribute.attribute("name").value()) != "track_id") continue;
          object.track = parse_integer(attribute.text().get());
        }
        object.mask = std::string_view(node.name()) == "mask"
                          ? crop_of(node, frame.size)
                          : collector_.draw(polygon_of(node), frame.size);
        const std::string group = node.attribute("group_id").value();
        if (!group.empty() && group != "0") {
          const auto [known, fresh] =
              groups.emplace(std::pair(object.label, group), frame.objects.size());
          if (!fresh) {
            MaskRle& mask = frame.objects[known->second].mask;
            mask = unite(mask, object.mask);
            continue;
          }
        }
        frame.objects.push_back(std::move(object));
      } catch (const InputError& error) {
        collector_.fault(cat(where, ", <", node.name(), ">"), error.problem(),
                         "the shape is left out");
      }
    }
  }
};

// --- writing ---

std::string points_text(const Polygon& polygon) {
  std::string text;
  for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
    text += cat(i > 0 ? ";" : "", fixed(polygon[i], 2), ",", fixed(polygon[i + 1], 2));
  }
  return text;
}

void add_text(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

/// Returns the root.
pugi::xml_node begin_document(pugi::xml_document& document, const std::string& name, int64_t frames,
                              const char* mode, const AnnotationFile& file,
                              std::optional<Size> size) {
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "utf-8";
  pugi::xml_node root = document.append_child("annotations");
  add_text(root, "version", "1.1");
  pugi::xml_node task = root.append_child("meta").append_child("task");
  add_text(task, "name", name);
  add_text(task, "size", cat(frames));
  add_text(task, "mode", mode);
  add_text(task, "overlap", "0");
  add_text(task, "start_frame", "0");
  add_text(task, "stop_frame", cat(frames - 1));
  pugi::xml_node labels = task.append_child("labels");
  for (const AnnotationFile::Category& category : file.categories) {
    pugi::xml_node label = labels.append_child("label");
    add_text(label, "name", category.name);
    label.append_child("attributes");
  }
  if (size) {
    pugi::xml_node original = task.append_child("original_size");
    add_text(original, "width", cat(size->width));
    add_text(original, "height", cat(size->height));
  }
  return root;
}

struct Writer final : pugi::xml_writer {
  OutputFile& file;
  explicit Writer(OutputFile& file) : file(file) {}
  void write(const void* bytes, size_t size) override {
    file.write({static_cast<const char*>(bytes), size});
  }
};

void save(const pugi::xml_document& document, const fs::path& path) {
  fs::create_directories(whole_path(path).parent_path());
  OutputFile file(path);
  Writer writer(file);
  document.save(writer, "  ");
  file.commit();
}

bool is_visible(const AnnotationFile::Annotation& object, size_t t) {
  return object.masks[t] && !object.masks[t]->empty();
}

/// A shape in each frame that the object is visible in, and one that ends it in the next.
void write_track(pugi::xml_node root, const std::string& label,
                 const AnnotationFile::Annotation& object, double tolerance) {
  pugi::xml_node track = root.append_child("track");
  // CVAT counts from 0.
  track.append_attribute("id") = static_cast<long long>(*object.id - 1);
  track.append_attribute("label") = label.c_str();
  track.append_attribute("source") = "file";
  std::string points;
  for (size_t t = 0; t < object.masks.size(); ++t) {
    const bool visible = is_visible(object, t);
    if (!visible && (t == 0 || !is_visible(object, t - 1))) continue;
    if (visible) points = points_text(joined_outline(*object.masks[t], tolerance));
    const double occlusion = t < object.occlusion.size() ? object.occlusion[t].value_or(0) : 0;
    pugi::xml_node polygon = track.append_child("polygon");
    polygon.append_attribute("frame") = static_cast<long long>(t);
    polygon.append_attribute("keyframe") = "1";
    polygon.append_attribute("outside") = visible ? "0" : "1";
    polygon.append_attribute("occluded") = occlusion > 0 ? "1" : "0";
    polygon.append_attribute("points") = points.c_str();
    polygon.append_attribute("z_order") = "0";
  }
}

void write_image(pugi::xml_node root, int64_t id, const AnnotationFile::Video& video,
                 const ObjectsToWrite& objects, double tolerance) {
  pugi::xml_node image = root.append_child("image");
  image.append_attribute("id") = static_cast<long long>(id);
  image.append_attribute("name") = picture_of(video, 0).c_str();
  image.append_attribute("width") = static_cast<long long>(video.size.width);
  image.append_attribute("height") = static_cast<long long>(video.size.height);
  for (const AnnotationFile::Annotation* object : objects.of(video)) {
    if (!is_visible(*object, 0)) continue;
    pugi::xml_node polygon = image.append_child("polygon");
    polygon.append_attribute("label") = objects.label(*object).c_str();
    polygon.append_attribute("source") = "file";
    polygon.append_attribute("occluded") = "0";
    polygon.append_attribute("points") =
        points_text(joined_outline(*object->masks[0], tolerance)).c_str();
    polygon.append_attribute("z_order") = "0";
  }
}

/// The file of a name below the folder, or the one file that `output` names.
fs::path xml_path(const LabelOutput& output, const std::string& name) {
  return output.path.extension() == ".xml" ? output.path : below(output.path, name + ".xml");
}

}  // namespace

LabelledData read_cvat(const LabelSource& source) { return Cvat(source).read(); }

std::vector<std::string> write_cvat(const LabelOutput& output, const AnnotationFile& file) {
  const ObjectsToWrite objects(file);
  const bool stills = std::all_of(file.videos.begin(), file.videos.end(),
                                  [](const auto& video) { return *video.length == 1; });
  std::vector<std::string> remarks = objects.remarks();
  if (stills) {
    const fs::path path = xml_path(output, "annotations");
    check_new(path);
    pugi::xml_document document;
    pugi::xml_node root =
        begin_document(document, path.stem().string(), static_cast<int64_t>(file.videos.size()),
                       "annotation", file, {});
    int64_t id = 0;
    for (const AnnotationFile::Video& video : file.videos) {
      write_image(root, id++, video, objects, output.tolerance);
    }
    save(document, path);
  } else {
    if (output.path.extension() == ".xml" && file.videos.size() > 1) {
      throw InputError(cat("is one file for ", file.videos.size(), " videos"), output.path.string(),
                       "CVAT has one video in a file: name a folder");
    }
    for (const AnnotationFile::Video& video : file.videos) check_new(xml_path(output, video.name));
    for (const AnnotationFile::Video& video : file.videos) {
      pugi::xml_document document;
      pugi::xml_node root =
          begin_document(document, video.name, *video.length, "interpolation", file, video.size);
      for (const AnnotationFile::Annotation* object : objects.of(video)) {
        write_track(root, objects.label(*object), *object, output.tolerance);
      }
      save(document, xml_path(output, video.name));
    }
  }
  remarks.push_back(cat("make the task in CVAT with the labels ",
                        join(file.categories, [](const auto& one) { return one.name; }),
                        ", then upload annotations as ",
                        stills ? "CVAT for images 1.1" : "CVAT for video 1.1"));
  return remarks;
}

}  // namespace clipwork
