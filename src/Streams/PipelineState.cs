namespace StreamNer.Streams;

/// <summary>The life of the pipeline.</summary>
public enum PipelineState
{
    /// <summary>Waiting for the first answer from the broker.</summary>
    Connecting,

    /// <summary>The graph runs.</summary>
    Running,

    /// <summary>The graph failed and waits for its next start.</summary>
    Restarting,

    /// <summary>Takes nothing more and finishes what is under way.</summary>
    Draining,

    /// <summary>Done: drained, or given up.</summary>
    Stopped,
}
