namespace StreamNer.Streams.Recognition;

/// <summary>The recogniser broke its promise to answer, or is stopping. Nothing of the batch is published; its records are read again.</summary>
internal sealed class RecogniserBrokenException(string message, Exception? inner = null) : Exception(message, inner);
