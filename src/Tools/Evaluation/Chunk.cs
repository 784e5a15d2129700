namespace StreamNer.Tools.Evaluation;

/// <summary>An entity in a sentence of words.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Start">Index of its first word.</param>
/// <param name="End">Index behind its last word.</param>
internal readonly record struct Chunk(string Type, int Start, int End);
