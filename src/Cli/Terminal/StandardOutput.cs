using System.Runtime.InteropServices;

namespace StreamNer.Cli.Terminal;

/// <summary>Standard output that says when nobody reads it any more: the framework's own drops what is written then and goes on.</summary>
internal sealed partial class StandardOutput(Stream output) : Stream
{
    private const int Descriptor = 1;

    // poll.h
    private const short ErrorEvent = 0x8;
    private const short HangUpEvent = 0x10;
    private const short NotOpen = 0x20;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        EnsureReader();
        try
        {
            output.Write(buffer);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // Where the shell closed it, its number is that of some other file, and the framework calls it access that is denied.
            throw new IOException($"standard output can't be written: {(cause.InnerException ?? cause).Message}", cause);
        }
    }

    /// <inheritdoc/>
    public override void Flush() => output.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>For commands that wait: until they write again they would not notice.</summary>
    /// <exception cref="IOException">Nobody reads any more.</exception>
    public static void EnsureReader()
    {
        if (!HasReader())
            throw new IOException("nobody reads standard output any more");
    }

    private static bool HasReader()
    {
        if (OperatingSystem.IsWindows())
            return true;
        var polled = new Polled { Descriptor = Descriptor };
        return Poll(ref polled, 1, 0) < 1 || (polled.Found & (ErrorEvent | HangUpEvent | NotOpen)) == 0;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Polled polled, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
