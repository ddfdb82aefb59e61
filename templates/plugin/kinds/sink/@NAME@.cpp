// SPDX-License-Identifier: Apache-2.0
// A sink: one file of PNM pictures, one after the other, which `ffmpeg -f image2pipe -i FILE`
// reads.
#include <clipwork/output_file.h>
#include <clipwork/plugin.h>
#include <clipwork/sink.h>

using namespace clipwork;

namespace {

class @CLASS@ : public Sink {
 public:
  struct Parameters {
    std::string path;
    int64_t every = 1;
    void describe(Describer& d) {
      d("path", path, "the file to write").required();
      d("every", every, "write every N-th picture").range(1, 1000000);
    }
  };

  static Contract contract(const Parameters&, const Given&) { return {}; }

  @CLASS@(const Parameters& parameters, const Given&)
      : every_(parameters.every), file_(parameters.path) {}

  void write(const Tensor& picture, double) override {
    if (count_++ % every_ != 0) return;
    const Tensor pixels = picture.permute({1, 2, 0}).contiguous();
    file_.write(cat("P6\n", picture.size(2), " ", picture.size(1), "\n255\n"));
    file_.write({reinterpret_cast<const char*>(pixels.const_data_ptr<uint8_t>()),
                 static_cast<size_t>(pixels.numel())});
  }

  // The file gets its name here: without `finish` nothing is left behind.
  void finish(double) override { file_.commit(); }

 private:
  int64_t every_, count_ = 0;
  OutputFile file_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "one file of PNM pictures");
}
