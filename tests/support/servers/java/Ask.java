import java.sql.*;

/** Prints what a JDBC driver reads: the tables, the rows of each argument's query, or its error. */
public class Ask {
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0], "default", "")) {
            try (ResultSet tables = connection.getMetaData().getTables(null, arguments[1], "%", null)) {
                while (tables.next()) {
                    System.out.println("table " + tables.getString("TABLE_NAME"));
                }
            }
            for (int index = 2; index < arguments.length; index++) {
                print(connection, arguments[index]);
            }
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT n FROM numbered WHERE n > ? ORDER BY n")) {
                statement.setLong(1, 996);
                rows(statement.executeQuery());
            }
        }
    }

    private static void print(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            rows(statement.executeQuery(sql));
        } catch (SQLException error) {
            System.out.println("error " + error.getErrorCode() + " " + error.getMessage());
        }
    }

    private static void rows(ResultSet result) throws SQLException {
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
            StringBuilder line = new StringBuilder("row");
            for (int column = 1; column <= columns; column++) {
                line.append(' ').append(result.getString(column));
            }
            System.out.println(line);
        }
    }
}
