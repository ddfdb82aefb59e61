#pragma once
// Parameters, described once. A component has a struct of plain members with their defaults and one
// function:
//
//   struct Parameters {
//     int64_t buffer = 1;
//     std::string assignment = "hungarian";
//     void describe(clipwork::Describer& d) {
//       d("buffer", buffer, "past frames whose embeddings are averaged").range(1,
//       1000).unit("frames"); d("assignment", assignment, "how rows are
//       linked").choices({"hungarian", "greedy"});
//     }
//   };
//
// From it come parsing, range checks, `inspect`, the reference pages, and errors with
// file:line:column and the nearest name.

#include <clipwork/component.h>
#include <clipwork/error.h>
#include <clipwork/value.h>

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// A parameter as people read it.
struct ParameterInfo {
  std::string name, sentence;
  std::string type;  ///< "integer", "number", "boolean", "text", "list of integers", "component
                     ///< (decoder)", ...
  std::string default_value;  ///< as TOML
  std::string unit;
  std::vector<std::string> choices;
  std::optional<double> minimum, maximum;
};

/// A parameter that refers to another component: a table makes one, "@model.tracker" shares the one
/// that is there.
class __attribute__((visibility("default"))) RefBase {
 public:
  explicit RefBase(std::string kind) : kind(std::move(kind)) {}
  virtual ~RefBase();
  std::string kind;
  Value config;  ///< the table, or the "@..." text; none where the config gave nothing
  Contract
      contract;  ///< of the component referred to; filled before the owner's contract is asked for
  std::shared_ptr<Component> component;  ///< filled before the owner is built
};

template <class Kind>
class Ref : public RefBase {
 public:
  Ref() : RefBase(Kind::kKind) {}
  Kind& operator*() const { return dynamic_cast<Kind&>(*component); }
  Kind* operator->() const { return &**this; }
};

/// Faults found in configs, collected so that all are reported at once, in the order of files and
/// lines.
class __attribute__((visibility("default"))) Faults {
 public:
  void add(Origin origin, std::string problem, std::string advice = {});
  bool empty() const { return faults_.empty(); }
  size_t size() const { return faults_.size(); }
  /// Throws one InputError that lists all of them, if there are any.
  void raise() const;
  /// One line a fault: "file:line:column: problem; advice".
  std::string text() const;

 private:
  struct Fault {
    Origin origin;
    std::string problem, advice;
  };
  std::vector<Fault> faults_;
};

/// Visits the parameters of one struct: reads them from a config table, or lists them.
class __attribute__((visibility("default"))) Describer {
 public:
  /// Lists only; values stay as they are.
  Describer();
  /// Reads from `table` (may be null: all defaults). `where` names the table in messages
  /// ("model.decoder"). Keys in `known` belong to somebody else ("type") and are not reported as
  /// unknown.
  Describer(const Value* table, std::string where, Faults& faults,
            std::vector<std::string> known = {});

  class Entry {
   public:
    /// Limits, both included.
    Entry& range(double minimum, double maximum = std::numeric_limits<double>::infinity());
    Entry& choices(std::vector<std::string> values);
    Entry& unit(std::string unit);
    /// The value must be given.
    Entry& required();

   private:
    friend class Describer;
    Entry(Describer& owner, size_t index, const void* value);
    Describer& owner_;
    size_t index_;
    const void* value_;
  };

  Entry operator()(const char* name, bool& value, const char* sentence);
  Entry operator()(const char* name, int64_t& value, const char* sentence);
  Entry operator()(const char* name, double& value, const char* sentence);
  Entry operator()(const char* name, std::string& value, const char* sentence);
  Entry operator()(const char* name, std::vector<int64_t>& value, const char* sentence);
  Entry operator()(const char* name, std::vector<double>& value, const char* sentence);
  Entry operator()(const char* name, std::vector<std::string>& value, const char* sentence);
  Entry operator()(const char* name, std::map<std::string, std::string>& value,
                   const char* sentence);
  Entry operator()(const char* name, RefBase& value, const char* sentence);
  /// An integer, or the word that stands for "none": d.maybe("length", length, "video", "frames a
  /// window").
  Entry maybe(const char* name, std::optional<int64_t>& value, const char* word,
              const char* sentence);

  /// Reports keys of the table that nobody described, each with the nearest name. Called once, at
  /// the end.
  void finish();

  const std::vector<ParameterInfo>& parameters() const { return parameters_; }
  /// The component references met, by parameter name.
  const std::vector<std::pair<std::string, RefBase*>>& references() const { return references_; }
  bool reading() const { return faults_ != nullptr; }

 private:
  friend class Entry;
  const Value* take(const char* name, const char* sentence, std::string type, std::string fallback);
  void wrong_type(const Value& value, const std::string& name, const std::string& wanted);
  const Value* table_ = nullptr;
  std::string where_;
  Faults* faults_ = nullptr;
  std::vector<std::string> known_;
  std::vector<ParameterInfo> parameters_;
  std::vector<std::pair<std::string, RefBase*>> references_;
  std::vector<const Value*> given_;  ///< per parameter: what the table holds, or null
};

/// Reads a parameter struct from a table, collecting faults.
template <class Parameters>
Parameters read_parameters(const Value* table, const std::string& where, Faults& faults,
                           std::vector<std::string> known = {}) {
  Parameters parameters;
  Describer describer(table, where, faults, std::move(known));
  parameters.describe(describer);
  describer.finish();
  return parameters;
}

}  // namespace clipwork
