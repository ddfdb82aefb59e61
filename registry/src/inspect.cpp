#include <clipwork/host/component_call.h>
#include <clipwork/host/inspect.h>
#include <clipwork/host/json.h>
#include <clipwork/host/registry.h>
#include <clipwork/plugin_note.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cctype>
#include <iomanip>

#include "note.h"

namespace clipwork {
namespace {

std::string number(double value) { return significant(value, 15); }

std::string range_text(const ParameterInfo& parameter) {
  std::vector<std::string> limits;
  if (parameter.length) {
    const auto [least, most] = *parameter.length;
    limits.push_back(least == most ? cat(least, " values") : cat(least, " to ", most, " values"));
  }
  if (!parameter.form.empty()) limits.push_back(parameter.form);
  if (!parameter.choices.empty()) {
    limits.push_back("one of " + join(parameter.choices));
  } else if (parameter.minimum) {
    // A range without an upper end has infinity there.
    const bool open = *parameter.maximum == std::numeric_limits<double>::infinity();
    limits.push_back(open ? "at least " + number(*parameter.minimum)
                          : number(*parameter.minimum) + " to " + number(*parameter.maximum));
  }
  return join(limits);
}

std::string default_text(const ParameterInfo& parameter) {
  if (parameter.required) return "required";
  return parameter.default_value.is_none() ? "none" : parameter.default_value.toml();
}

/// A component with what only its code can tell.
struct Page {
  const ComponentInfo& info;
  std::vector<ParameterInfo> parameters;
  std::shared_ptr<const Contract> contract;
  std::string no_contract;  ///< why there is none
};

Page page_of(const ComponentInfo& info) {
  Page page{info, {}, {}, {}};
  Describer describer;
  std::shared_ptr<void> parameters = info.describe(describer);
  page.parameters = describer.parameters();
  try {
    call_component(info, OwnErrors::as_they_are,
                   [&] { page.contract = info.contract(parameters.get(), Given()); });
  } catch (const std::exception& error) {
    page.no_contract = error.what();
  }
  return page;
}

std::vector<std::string> sentences_of(const Page& page) {
  std::vector<std::string> sentences = {"depends on parameters or neighbouring components: " +
                                        page.no_contract};
  if (page.contract) sentences = page.contract->sentences();
  // Components that make samples are called by all threads that read ahead.
  const std::string& kind = page.info.kind;
  const bool shared = kind == "dataset" || kind == "samples" || kind == "transform";
  sentences.push_back(shared ? "may be called by several threads at once"
                             : "is never called by two threads at once; the thread may change");
  return sentences;
}

void write_parameters(JsonWriter& json, const std::vector<ParameterInfo>& parameters) {
  json.begin_array("parameters");
  for (const ParameterInfo& parameter : parameters) {
    json.begin_object();
    json.member("name", parameter.name);
    json.member("type", type_words(parameter));
    json.member("sentence", parameter.sentence);
    json.member("default", parameter.default_value.toml());
    json.member("required", parameter.required);
    if (!parameter.unit.empty()) json.member("unit", parameter.unit);
    if (!parameter.choices.empty()) json.member("choices", parameter.choices);
    if (!parameter.form.empty()) json.member("form", parameter.form);
    if (parameter.length) {
      json.member("least_values", parameter.length->first);
      json.member("most_values", parameter.length->second);
    }
    // JSON has no infinity: an open end is left out.
    if (parameter.minimum) {
      json.member("minimum", *parameter.minimum);
    }
    if (parameter.maximum && *parameter.maximum != std::numeric_limits<double>::infinity()) {
      json.member("maximum", *parameter.maximum);
    }
    json.end_object();
  }
  json.end_array();
}

void write(JsonWriter& json, const Page& page) {
  json.begin_object();
  json.member("kind", page.info.kind);
  json.member("name", page.info.name);
  json.member("full_name", page.info.full_name());
  json.member("sentence", page.info.sentence);
  json.member("plugin", page.info.plugin);
  json.member("version", page.info.version);
  json.member("file", page.info.file);
  write_parameters(json, page.parameters);
  json.member("contract", sentences_of(page));
  if (page.contract) {
    json.member("needs", page.contract->needs);
    json.member("gives", page.contract->gives);
  }
  json.end_object();
}

std::string cell(std::string text) {
  // A bar or the end of the line would end the cell of a Markdown table.
  std::ranges::replace(text, '\n', ' ');
  for (size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
  return text;
}

void write_parameters(std::ostream& out, const std::vector<ParameterInfo>& parameters) {
  out << (parameters.empty() ? "\nno parameters\n" : "\nparameters\n");
  for (const ParameterInfo& parameter : parameters) {
    out << "  " << parameter.name << " = " << default_text(parameter) << "    ("
        << type_words(parameter);
    if (std::string range = range_text(parameter); !range.empty()) out << ", " << range;
    if (!parameter.unit.empty()) out << ", in " << parameter.unit;
    out << ")\n      " << parameter.sentence << '\n';
  }
}

std::string text_page(const Page& page) {
  std::ostringstream out;
  const ComponentInfo& info = page.info;
  out << info.kind << ' ' << info.full_name() << (info.version.empty() ? "" : " " + info.version)
      << "\n  " << info.sentence << '\n';
  if (!info.file.empty()) out << "  from " << info.file << '\n';
  write_parameters(out, page.parameters);
  out << "\ncontract\n";
  for (const std::string& sentence : sentences_of(page)) out << "  " << sentence << '\n';
  return out.str();
}

void write_table(std::ostream& out, const std::vector<ParameterInfo>& parameters) {
  if (!parameters.empty()) {
    out << "| parameter | type | default | range | |\n|---|---|---|---|---|\n";
    for (const ParameterInfo& parameter : parameters) {
      std::string fallback = default_text(parameter);
      if (!parameter.required) fallback = "`" + fallback + "`";
      if (!parameter.unit.empty()) fallback += " " + parameter.unit;
      out << "| `" << parameter.name << "` | " << cell(type_words(parameter)) << " | "
          << cell(fallback) << " | " << cell(range_text(parameter)) << " | "
          << cell(parameter.sentence) << " |\n";
    }
    out << '\n';
  }
}

std::string capitalised(std::string sentence) {
  if (!sentence.empty()) sentence[0] = static_cast<char>(std::toupper(sentence[0]));
  return sentence;
}

std::string markdown_page(const Page& page) {
  std::ostringstream out;
  const ComponentInfo& info = page.info;
  out << "## " << info.kind << " `" << info.name << "`\n\n"
      << capitalised(info.sentence) << ". Plugin `" << info.plugin << "`.\n\n";
  write_table(out, page.parameters);
  out << "Contract:\n\n";
  for (const std::string& sentence : sentences_of(page)) out << "* " << sentence << '\n';
  return out.str();
}

const char* yes_or_no(bool value) { return value ? "yes" : "no"; }

/// What a plugin states of itself, and its build settings: name and value.
std::vector<std::pair<std::string, std::string>> note_facts(const PluginNote& note) {
  return {{"licence", note.license},
          {"maintainer", note.maintainer},
          {"URL", note.url},
          {"kinds of plugins", note.kinds},
          {"ABI number", cat(note.abi_number)},
          {"layout", layout_text(note)},
          {"LibTorch", cat(note.torch_version, " (", note.torch_build, ")")},
          {"standard library", note.standard_library},
          {"compiler", note.compiler},
          {"new string ABI", yes_or_no(note.new_string_abi)},
          {"debug definitions", yes_or_no(note.debug != PluginNote::kNoDebug)},
          {"sanitizer", yes_or_no(note.sanitizer != PluginNote::kNoSanitizer)},
          {"fast math", yes_or_no(note.fast_math)}};
}

void write(JsonWriter& json, const PluginInfo& plugin) {
  json.begin_object();
  json.member("name", plugin.name);
  json.member("version", plugin.version);
  json.member("file", plugin.file);
  json.member("sha256", plugin.sha256);
  json.member("state", plugin.state());
  json.member("reason", plugin.refusal);
  json.member("shadowed_by", plugin.shadowed_by);
  json.member("on_demand", plugin.kinds);
  json.member("remarks", plugin.remarks);
  json.member("needed", plugin.needed);
  json.begin_object("note");
  if (plugin.note) {
    for (const auto& [name, value] : note_facts(*plugin.note)) json.member(name, value);
  }
  json.end_object();
  json.end_object();
}

template <class Items, class Write>
std::string json_array(const Items& items, const Write& write_one) {
  JsonWriter json;
  json.begin_array();
  for (const auto& item : items) write_one(json, item);
  json.end_array();
  return json.take() + "\n";
}

}  // namespace

std::string component_page(const ComponentInfo& component, PageForm form) {
  Page page = page_of(component);
  if (form == PageForm::text) return text_page(page);
  if (form == PageForm::markdown) return markdown_page(page);
  JsonWriter json;
  write(json, page);
  return json.take() + "\n";
}

std::string section_page(const std::string& name, const std::string& sentence,
                         const std::vector<ParameterInfo>& parameters, PageForm form) {
  if (form == PageForm::json) {
    JsonWriter json;
    json.begin_object();
    json.member("section", name);
    json.member("sentence", sentence);
    write_parameters(json, parameters);
    json.end_object();
    return json.take() + "\n";
  }
  std::ostringstream out;
  if (form == PageForm::markdown) {
    out << "## section `[" << name << "]`\n\n" << capitalised(sentence) << ".\n\n";
    write_table(out, parameters);
  } else {
    out << "section [" << name << "]\n  " << sentence << '\n';
    write_parameters(out, parameters);
  }
  return out.str();
}

std::string component_list(const std::vector<const ComponentInfo*>& components, PageForm form) {
  if (form == PageForm::json) {
    return json_array(components, [](JsonWriter& json, const ComponentInfo* info) {
      write(json, page_of(*info));
    });
  }
  if (form == PageForm::markdown) {
    return join(
        components, [&](const ComponentInfo* info) { return component_page(*info, form); }, "\n");
  }
  std::ostringstream out;
  std::string kind;
  size_t width = 0;
  for (const ComponentInfo* info : components) width = std::max(width, info->full_name().size());
  for (const ComponentInfo* info : components) {
    if (info->kind != kind) out << (kind.empty() ? "" : "\n") << (kind = info->kind) << '\n';
    out << "  " << std::left << std::setw(static_cast<int>(width) + 2) << info->full_name()
        << info->sentence << '\n';
  }
  return out.str();
}

std::string plugin_page(const PluginInfo& plugin, PageForm form) {
  if (form == PageForm::json) {
    JsonWriter json;
    write(json, plugin);
    return json.take() + "\n";
  }
  std::ostringstream out;
  bool marks = form == PageForm::markdown;
  out << (marks ? "## plugin `" : "plugin ") << plugin.name << (marks ? "` " : " ")
      << plugin.version << "\n\n";
  auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) out << (marks ? "* " : "  ") << name << ": " << value << '\n';
  };
  line("file", plugin.file);
  line("SHA-256", plugin.sha256);
  line("state", plugin.state());
  line("reason", indented(plugin.refusal, "  "));
  line("shadowed by", plugin.shadowed_by);
  line("loaded on demand for", plugin.kinds);
  for (const std::string& remark : plugin.remarks) line("remark", remark);
  if (plugin.note) {
    for (const auto& [name, value] : note_facts(*plugin.note)) line(name, value);
  }
  line("requires", join(plugin.needed));
  return out.str();
}

namespace {

/// "by Jane Doe <jane@example.org>, https://example.org/plugin", as far as the plugin says so.
std::string origin_text(const PluginInfo& plugin) {
  std::vector<std::string> parts;
  if (!plugin.note) return {};
  if (*plugin.note->maintainer) parts.push_back(cat("by ", plugin.note->maintainer));
  if (*plugin.note->url) parts.push_back(plugin.note->url);
  return join(parts);
}

}  // namespace

std::string plugin_list(const std::vector<PluginInfo>& plugins, PageForm form) {
  if (form == PageForm::json) {
    return json_array(plugins,
                      [](JsonWriter& json, const PluginInfo& plugin) { write(json, plugin); });
  }
  std::ostringstream out;
  bool marks = form == PageForm::markdown;
  if (marks) out << "| plugin | version | licence | state | file | |\n|---|---|---|---|---|---|\n";
  for (const PluginInfo& plugin : plugins) {
    std::string why = plugin.refusal;
    if (!plugin.shadowed_by.empty()) why = "behind " + plugin.shadowed_by;
    if (!plugin.kinds.empty() && why.empty()) why = "for " + plugin.kinds;
    const std::string license = plugin.note ? plugin.note->license : "", by = origin_text(plugin);
    if (!by.empty()) why += (why.empty() ? "" : "\n") + by;
    if (marks) {
      out << "| `" << plugin.name << "` | " << plugin.version << " | " << cell(license) << " | "
          << plugin.state() << " | `" << plugin.file << "` | " << cell(why) << " |\n";
    } else {
      out << std::left << std::setw(18) << plugin.name << ' ' << std::setw(10) << plugin.version
          << ' ' << std::setw(12) << (license.empty() ? "-" : license) << ' ' << std::setw(10)
          << plugin.state() << ' ' << plugin.file
          << (why.empty() ? "" : "\n    " + indented(why, "    ")) << '\n';
    }
  }
  return out.str();
}

}  // namespace clipwork
