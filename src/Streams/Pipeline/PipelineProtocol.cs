namespace StreamNer.Streams.Pipeline;

/// <summary>What the pipeline actor understands and answers.</summary>
internal static class PipelineProtocol
{
    /// <summary>Marks what may be sent to the pipeline.</summary>
    public interface ICommand;

    /// <summary>Takes no more records and finishes those under way. Not answered.</summary>
    public sealed record StopIntake : ICommand
    {
        public static readonly StopIntake Instance = new();

        private StopIntake()
        {
        }
    }

    /// <summary>The same, and says when it is done. Answered by one <see cref="Drained"/>.</summary>
    public sealed record Drain : ICommand
    {
        public static readonly Drain Instance = new();

        private Drain()
        {
        }
    }

    /// <summary>Answers <see cref="Drain"/>: the consumer has left its group and nothing runs any more.</summary>
    public sealed record Drained
    {
        public static readonly Drained Instance = new();

        private Drained()
        {
        }
    }
}
