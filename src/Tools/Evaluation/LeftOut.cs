namespace StreamNer.Tools.Evaluation;

/// <summary>A type that was not counted.</summary>
/// <param name="Type">The type.</param>
/// <param name="Reason">Why.</param>
/// <param name="Predicted">How many the model found.</param>
/// <param name="Support">How many are in the data.</param>
internal sealed record LeftOut(string Type, LeftOutReason Reason, long Predicted, long Support);

/// <summary>Why a type was not counted.</summary>
internal enum LeftOutReason
{
    /// <summary>The data never has it.</summary>
    UnknownToData,

    /// <summary>None of the model's labels has it.</summary>
    UnknownToModel,

    /// <summary>It was not among the types asked for.</summary>
    NotAskedFor,
}
