using System.Collections.Immutable;

namespace StreamNer.Inference.Models.Folders;

/// <summary>What a user wants to know of a model.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Hash">First eight hex digits of the SHA-256 over the ONNX file, <c>config.json</c> and the tokenizer's files.</param>
/// <param name="Folder">Full path of its folder.</param>
/// <param name="Family">The <c>model_type</c> of its config, such as <c>bert</c>.</param>
/// <param name="Labels">Its labels, by index.</param>
/// <param name="MaxPieces">Longest input in pieces, special ones included.</param>
/// <param name="Inputs">Names of its inputs.</param>
/// <param name="Precision">Element type of its logits: <c>float32</c> or <c>float16</c>.</param>
/// <param name="SizeBytes">Size of the ONNX file in bytes.</param>
public sealed record ModelDescription(
    string Name,
    string Hash,
    string Folder,
    string Family,
    ImmutableArray<string> Labels,
    int MaxPieces,
    ImmutableArray<string> Inputs,
    string Precision,
    long SizeBytes)
{
    /// <summary>What is out of the ordinary and of consequence, a sentence each; empty when nothing is.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}
