#pragma once
// The names that other programs give to the weights of models that exist here, as tables.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// A tensor's name here, and its place in that tensor.
struct TranslatedName {
  std::string name;
  int part = 0, parts = 1;  ///< the tensor is one of several that are joined along dimension 0
};

/// The names of one program for one model.
struct NameTable {
  /// One name, or one pattern of names. In `from`, `{a}` to `{z}` stand for a number each and
  /// `{*}`, at the end, for one character or more. In `to`, `{s+2}` is the number that `{s}` stood
  /// for, plus 2.
  struct Rule {
    std::string from, to;
    int part = 0, parts = 1;
  };
  std::string source;  ///< "torchvision ResNet"
  std::string anchor;  ///< a name that every such file has and no other program uses
  std::string note;    ///< what a config must say for these weights; empty: nothing
  /// Files may leave out the statistics of norms, which are then mean 0 and variance 1.
  bool folded_norms = false;
  std::vector<Rule> rules;

  /// The name here, in detectron2's scheme with "backbone." before a backbone; none where no rule
  /// has the name.
  std::optional<TranslatedName> translate(std::string_view name) const;
};

/// All tables; of two that know the same name, that of the larger model comes first.
const std::vector<NameTable>& name_tables();

}  // namespace clipwork
