// Checkpoints that PyTorch's torch.load opens, also with weights_only.

#include <clipwork/host/checkpoint.h>

#include <set>

#include "checkpoint/constructors.h"
#include "checkpoint/file_tensor.h"
#include "checkpoint/pickle_writer.h"
#include "checkpoint/zip_writer.h"

namespace clipwork {
namespace {

/// A tensor over the whole storage of this key, row-major.
void put_tensor(pickle::Writer& pickle, const Tensor& value, std::string_view storage_type,
                const std::string& key) {
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.mark();
  pickle.mark();
  pickle.text("storage");
  pickle.global("torch", storage_type);
  pickle.text(key);
  pickle.text("cpu");
  pickle.integer(value.numel());
  pickle.tuple();
  pickle.persistent();
  pickle.integer(0);  // offset
  for (at::IntArrayRef numbers : {value.sizes(), value.strides()}) {
    pickle.mark();
    for (int64_t number : numbers) pickle.integer(number);
    pickle.tuple();
  }
  pickle.truth(false);                          // requires_grad
  pickle.global("collections", "OrderedDict");  // hooks
  pickle.mark();
  pickle.tuple();
  pickle.reduce();
  pickle.tuple();
  pickle.reduce();
}

}  // namespace

void write_torch(const std::filesystem::path& file, const std::vector<CheckpointEntry>& tensors) {
  std::set<std::string> names;
  std::vector<Tensor> values;
  pickle::Writer pickle;
  pickle.empty_dict();
  pickle.mark();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string& name = tensors[i].name;
    const Tensor& value = values.emplace_back(tensors[i].value.detach().to(at::kCPU).contiguous());
    std::string_view type = pickle::storage_name(value.scalar_type());
    if (type.empty()) {
      throw Error(cat("'", name, "' has a type that .pth files do not support: ",
                      c10::toString(value.scalar_type())),
                  file.string());
    }
    if (!is_printable(name) || !names.insert(name).second) {
      throw Error(
          cat("'", name, "' cannot be the name of a tensor: it is a duplicate, or not printable"),
          file.string());
    }
    pickle.text(name);
    put_tensor(pickle, value, type, std::to_string(i));
  }
  pickle.set_items();

  OutputFile output(file);
  ZipWriter archive(output, "archive");
  try {
    archive.add("data.pkl", pickle.finish());
    archive.add("byteorder", "little");
    for (size_t i = 0; i < values.size(); ++i) {
      archive.add(cat("data/", i),
                  {static_cast<const char*>(values[i].const_data_ptr()), values[i].nbytes()});
    }
    archive.add("version", "3\n");
    archive.finish();
  } catch (Error& error) {
    error.within(file.string());
    throw;
  }
  output.commit();
}

}  // namespace clipwork
