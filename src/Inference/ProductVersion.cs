using System.Reflection;

namespace StreamNer.Inference;

/// <summary>Which build this is.</summary>
internal static class ProductVersion
{
    /// <summary>The version and, behind a plus sign, the commit it was built from.</summary>
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
