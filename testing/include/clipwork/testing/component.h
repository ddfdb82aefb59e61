#pragma once
// The component under test: planned, checked and built as a pipeline does it, without the pipeline.

#include <c10/core/Device.h>
#include <clipwork/host/planned_component.h>

#include <memory>
#include <string>
#include <vector>

namespace clipwork::test {

/// The context of calls in one video or training, alone in the world. Taken where `Context&` is.
class TestContext {
 public:
  explicit TestContext(uint64_t seed = 1, bool training = false)
      : random_(seed), context_{training, random_, world_} {}
  TestContext(const TestContext&) = delete;
  TestContext& operator=(const TestContext&) = delete;
  operator Context&() { return context_; }

 private:
  Generators random_;
  Communicator world_;
  Context context_;
};

/// A table of parameters, written as in a config: `toml("reach = 20")`. Throws InputError for
/// faults of syntax.
Value toml(const std::string& text);

/// The maps and classes that a component finds where a test says nothing else: 3 classes; "res2" to
/// "res5" of 8, 16, 32 and 64 channels at strides 4 to 32; "multi_scale.0" to "multi_scale.2" of 16
/// channels at strides 32, 16 and 8; "mask_features" and "finest" of 16 channels at stride 4;
/// "queries" and "embeddings" of width 8.
Given usual_neighbours();

/// A component of a loaded plugin with the parameters and neighbours that a test chooses.
class TestedComponent {
 public:
  /// `parameters` is its table without `type`; components that it refers to are tables in it.
  /// Throws InputError where there is no such component or a parameter is wrong.
  TestedComponent(const std::string& kind, const std::string& name,
                  const Value& parameters = Value::table(),
                  const Given& given = usual_neighbours());

  const ComponentInfo& info() const { return *planned_->info; }
  const Contract& contract() const { return *planned_->contract; }
  const Given& given() const { return planned_->given; }
  /// The names that it and the components that it refers to need, without those that one of the
  /// latter provides.
  std::vector<std::string> needs() const;

  /// A new one on this device, prepared in its plain form. Its weights, and those of the components
  /// that it refers to, follow from their names (`fill_by_rule`).
  std::shared_ptr<Component> make(c10::Device device = c10::kCPU) const;
  template <class Kind>
  std::shared_ptr<Kind> make(c10::Device device = c10::kCPU) const {
    return std::dynamic_pointer_cast<Kind>(make(device));
  }

 private:
  std::vector<std::shared_ptr<const PlannedComponent>> all_;
  const PlannedComponent* planned_ = nullptr;
};

}  // namespace clipwork::test
