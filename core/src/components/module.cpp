#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/util/accumulate.h>
#include <clipwork/error.h>
#include <clipwork/module.h>
#include <sys/mman.h>

#include <new>

namespace clipwork {
namespace {

/// Zeros whose pages the system provides at the first access: a model that is only compared with a
/// file takes neither time nor memory, and one whose weights are loaded is written once.
Tensor untouched_zeros(at::IntArrayRef shape) {
  constexpr size_t kWorthMapping = 1 << 16;
  const auto bytes = static_cast<size_t>(c10::multiply_integers(shape)) * sizeof(float);
  if (bytes < kWorthMapping) return at::zeros(shape, at::kFloat);
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return at::from_blob(
      pages, shape, [bytes](void* mapped) { ::munmap(mapped, bytes); }, at::kFloat);
}

}  // namespace

Op::~Op() = default;

void prepare_ops(torch::nn::Module& module, const Inference& inference) {
  if (auto* op = dynamic_cast<Op*>(&module)) op->prepare(inference);
  for (const auto& child : module.children()) prepare_ops(*child, inference);
}

void add_child(torch::nn::Module& parent, const std::string& path,
               std::shared_ptr<torch::nn::Module> child) {
  torch::nn::Module* owner = &parent;
  size_t start = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    std::string name = path.substr(start, dot - start);
    start = dot + 1;
    auto step = owner->named_children();
    if (auto* there = step.find(name)) {
      owner = there->get();
    } else {
      owner = owner->register_module(name, std::make_shared<torch::nn::Module>(name)).get();
    }
  }
  owner->register_module(path.substr(start), std::move(child));
}

Tensor make_parameter(torch::nn::Module& module, const std::string& name, at::IntArrayRef shape) {
  return module.register_parameter(name, untouched_zeros(shape), /*requires_grad=*/true);
}

Tensor make_buffer(torch::nn::Module& module, const std::string& name, at::IntArrayRef shape,
                   double value) {
  return module.register_buffer(name, at::full(shape, value, at::kFloat));
}

}  // namespace clipwork
