package org.moraine.cli;

import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.stack.StackException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** What a command's exception becomes: one line that says what is wrong, and an exit code. */
final class Failures implements IExecutionExceptionHandler {

    /** What a command ends with that found another training's checkpoint. */
    private static final int OTHER_TRAINING = 5;

    @Override
    public int handleExecutionException(Exception exception, CommandLine command, ParseResult parsed) throws Exception {
        if (exception instanceof Refused refused) {
            command.getErr().println("moraine " + command.getCommandName() + ": " + exception.getMessage());
            return refused.problem().code().equals(Checkpoint.OTHER_TRAINING)
                    ? OTHER_TRAINING
                    : CommandLine.ExitCode.USAGE;
        }
        if (exception instanceof EngineException || exception instanceof StackException) {
            command.getErr().println("moraine " + command.getCommandName() + ": " + exception.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
        throw exception; // a fault of ours: the stack trace is what helps
    }
}
