#include <clipwork/sections.h>

namespace clipwork {

void WindowSection::describe(Describer& d) {
  d.maybe("length", length, "video", "frames that are decoded together, or \"video\": all of them")
      .range(1, 100000)
      .unit("frames");
  d.maybe("stride", stride, "length", "frames from one window's start to the next")
      .range(1, 100000)
      .unit("frames");
  d("last", last, "what the last window does where frames are missing").choices({"short", "shift"});
}

void TracksSection::describe(Describer& d) {
  d("classes", classes, "how class scores of windows are joined")
      .choices({"mean_logits", "mean_probs", "max_probs", "last"});
  d("absent", absent, "what a window without the track counts for").choices({"skip", "zero"});
  d("quality", quality, "where mask quality is summed that multiplies the class score")
      .choices({"none", "padded", "output"});
  d("blend", blend, "what is averaged where windows share a frame").choices({"logits", "probs"});
  d("top_k", top_k, "rows of a result").range(1, 100000);
  d("top_k_over", top_k_over,
    "what is ranked: (track, class) pairs, or tracks with their best class")
      .choices({"pairs", "rows"});
  d("min_score", min_score, "rows below it are left out").range(0, 1);
  d("keep", keep,
    "while the video runs, masks are kept of this many best tracks (0: of all, which the papers' "
    "rankings need)")
      .range(0, 100000);
}

void ClassesSection::describe(Describer& d) {
  d("names", names, "class names in the order of the class head");
  d("ids", ids, "category ids of result files, one a name (default: 1, 2, 3, ...)");
}

int64_t ClassesSection::id(int64_t category) const {
  return ids.empty() ? category + 1 : ids.at(category);
}

void WeightsSection::describe(Describer& d) {
  d.file("file", file,
         "a checkpoint (.pth, .pkl, .safetensors); \"rule\": weights made from names and a seed; "
         "\"initial\": those that training from nothing begins with");
  d("allow_missing", allow_missing,
    "regular expressions of parameters that may be missing in the checkpoint");
}

void MemorySection::describe(Describer& d) {
  d("masks_mb", masks_mb,
    "settled masks held in main memory; what is more goes to a temporary file")
      .range(0, 1 << 20)
      .unit("MB");
  d("memos", memos,
    "where what decoders keep of frames lies while windows need it: main memory, a temporary file, "
    "or computed again from the pixels; auto is memory up to memos_mb, then the file")
      .choices({"auto", "memory", "spool", "recompute"});
  d("memos_precision", memos_precision,
    "half: kept in 16 bits, in half the memory and a little less exact")
      .choices({"float", "half"});
  d("memos_mb", memos_mb, "what memos = \"auto\" may hold in main memory")
      .range(0, 1 << 20)
      .unit("MB");
}

void RunSection::describe(Describer& d) {
  d("plain", plain,
    "the readable form of every operator: nothing folded, packed or fused, no TF32 on a GPU");
  d("winograd", winograd,
    "large 3x3 convolutions by Winograd's algorithm: a quarter of the products, results equal but "
    "for the last digits; plain turns it off");
  d("keep_result", keep_result,
    "false: masks are forgotten once they were given out, for endless streams");
  d("seed", seed, "of all random draws");
  d("threads", threads, "of the models; 0: as many as the machine has").range(0, 1024);
  d("device", device, "where the models run: cpu, cuda or cuda:N");
}

void PluginsSection::describe(Describer& d) {
  d("path", path, "folders with plugins, below the folder of the config");
}

void OutputSection::describe(Describer& d) {
  d("ids", ids, "write ids/NNNNNN.png, 16 bit, 0 = nothing");
  d("overlay", overlay, "write overlay.mp4");
  d("pictures", pictures, "write pictures/NNNNN.jpg: the frames of the overlay");
  d("report", report, "write report.html");
  d("draw_score", draw_score, "tracks below it are not drawn").range(0, 1);
  d("bad_frames", bad_frames, "what happens at a frame that cannot be read")
      .choices({"stop", "skip"});
}

}  // namespace clipwork
