using StreamNer.Inference.Models.Onnx.Graph;

namespace StreamNer.TestSupport.Inference;

/// <summary>Moves weights out of a graph.</summary>
internal static class ExternalTensor
{
    /// <summary>Puts the numbers of a tensor into a file of its own.</summary>
    /// <param name="tensor">Has raw data.</param>
    /// <param name="folder">Where the graph lies.</param>
    /// <param name="location">The file as the graph names it.</param>
    public static void MoveTo(this TensorProto tensor, string folder, string location)
    {
        File.WriteAllBytes(Path.Combine(folder, location), tensor.RawData.ToByteArray());
        tensor.ClearRawData();
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
    }
}
