using System.Text;
using StreamNer.Cli.Commands;
using StreamNer.Cli.Terminal;

namespace StreamNer.Cli.Tests.Commands;

/// <summary>Runs command lines in this process and keeps what they write.</summary>
internal sealed class TestTerminal(string input = "")
{
    private readonly SharedText _error = new();
    private readonly SharedText _output = new();

    /// <summary>What the commands have written to standard output so far.</summary>
    public string Output => _output.Text;

    /// <summary>What they have written to standard error so far.</summary>
    public string Error => _error.Text;

    /// <summary>Runs one command line to its end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(params string[] arguments) => RunAsync(TestContext.Current.CancellationToken, arguments);

    /// <summary>Runs one command line until it ends or is asked to stop.</summary>
    public async Task<int> RunAsync(CancellationToken stop, params string[] arguments)
    {
        await using var output = new SharedStream(_output);
        await using var error = new StreamWriter(new SharedStream(_error)) { AutoFlush = true };
        var terminal = new CommandTerminal(
            new MemoryStream(Encoding.UTF8.GetBytes(input)), output, TextWriter.Synchronized(error), outputIsTerminal: false,
                errorIsTerminal: false, colours: false);
        return await StreamNerCommand.InvokeAsync(arguments, terminal, stop);
    }

    /// <summary>Waits until something has been written to standard output.</summary>
    public Task<string> OutputHasAsync(Func<string, bool> condition) => _output.WhenAsync(condition);

    /// <summary>Waits until something has been written to standard error.</summary>
    public Task<string> ErrorHasAsync(Func<string, bool> condition) => _error.WhenAsync(condition);

    /// <summary>Bytes that one thread writes and another one reads as text.</summary>
    private sealed class SharedText
    {
        private readonly Lock _gate = new();
        private readonly List<byte> _bytes = [];
        private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Text
        {
            get
            {
                lock (_gate)
                    return Encoding.UTF8.GetString([.. _bytes]);
            }
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            lock (_gate)
            {
                _bytes.AddRange(bytes);
                _written.SetResult();
                _written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public async Task<string> WhenAsync(Func<string, bool> condition)
        {
            while (true)
            {
                Task written;
                lock (_gate)
                    written = _written.Task;
                if (Text is var text && condition(text))
                    return text;
                await written.WaitAsync(TimeSpan.FromMinutes(1));
            }
        }
    }

    private sealed class SharedStream(SharedText text) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => text.Add(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => text.Add(buffer);

        public override void WriteByte(byte value) => text.Add([value]);
    }
}
