namespace Strata.Kernel.Kconfig;

/// <summary>Whether something is in a kernel (Documentation/kbuild/kconfig-language.rst, "Menu dependencies"); <c>&amp;&amp;</c> is the lesser of two.</summary>
public enum Tristate
{
    /// <summary>Not at all: <c>n</c>.</summary>
    No,

    /// <summary>As a module: <c>m</c>.</summary>
    Module,

    /// <summary>Built in: <c>y</c>.</summary>
    Yes,
}
