namespace StreamNer.Inference.Models;

/// <summary>Tells that a model folder can't be used, with every problem found.</summary>
public sealed class ModelLoadException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="problems">One or more; each names the file, the value and the way out.</param>
    /// <param name="cause">What the runtime said, where it said something.</param>
    public ModelLoadException(string folder, IReadOnlyList<string> problems, Exception? cause = null)
        : base($"the model in '{folder}' can't be "
            + $"loaded:{string.Concat(problems.Select(problem => $"{Environment.NewLine}  - {problem}"))}", cause)
    {
        Folder = folder;
        Problems = problems;
    }

    /// <summary>The model folder.</summary>
    public string Folder { get; }

    /// <summary>Every problem found, in the order of the files.</summary>
    public IReadOnlyList<string> Problems { get; }
}
