/** The npm package `remove.bg`, as its README uses it. Prints what it resolved or rejected with, as one line of JSON. */
import client from 'remove.bg';

const [method, options] = [process.argv[2], JSON.parse(process.argv[3])];
client[method](options).then(
  (result) => console.log(JSON.stringify({ result })),
  (error) => console.log(JSON.stringify({ error })),
);
