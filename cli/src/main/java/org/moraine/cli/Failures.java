package org.moraine.cli;

import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.stack.StackException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** What a command's exception becomes: one line that says what is wrong, and an exit code. */
final class Failures implements IExecutionExceptionHandler {

    @Override
    public int handleExecutionException(Exception exception, CommandLine command, ParseResult parsed) throws Exception {
        if (exception instanceof Refused) {
            command.getErr().println("moraine " + command.getCommandName() + ": " + exception.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        if (exception instanceof EngineException || exception instanceof StackException) {
            command.getErr().println("moraine " + command.getCommandName() + ": " + exception.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
        throw exception; // a fault of ours: the stack trace is what helps
    }
}
