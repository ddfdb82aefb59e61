#pragma once
// The mark of classes that plugins and programs share with the library. Everything else is compiled
// with hidden visibility.

/// Keeps a class's virtual table and type information in the library, one for the whole process.
#define CLIPWORK_API __attribute__((visibility("default")))
