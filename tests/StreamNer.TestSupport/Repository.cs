namespace StreamNer.TestSupport;

/// <summary>Finds the files of the repository from wherever the tests run.</summary>
public static class Repository
{
    /// <summary>The folder that holds <c>StreamNer.sln</c>.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>A path below <see cref="Root"/>.</summary>
    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The model that the product ships.</summary>
    public static string DefaultModel => File("models", "en-ner-small");

    private static string Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(at.FullName, "StreamNer.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException($"StreamNer.sln was not found in {folder} or above it");
    }
}
